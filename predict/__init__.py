"""The generic model server: fetches one ONNX model from a registry, checks it, and serves it."""
