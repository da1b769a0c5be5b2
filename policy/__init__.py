"""The rules of `check` as a Pulumi policy pack: `pulumi preview --policy-pack policy`."""
