"""What a LocalAI version understands, as data: images, paths, settings, engines and traps."""
