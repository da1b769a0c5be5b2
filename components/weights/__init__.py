"""The files of models: the claim that holds them, the Job that fetches them, the volumes."""
