"""What a plan says beyond models and objects: claims, quotas, routes, keys, growth."""
