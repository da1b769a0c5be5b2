"""Stand-in Pulumi resource plugins: test equipment for where the official ones cannot be had."""
