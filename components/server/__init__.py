"""The LocalAI servers of a pool: pods, list of models, engines, workers, scaling."""
