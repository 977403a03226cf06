"""Who fits the models of one training? This process, or workers that fit parts of it beside each other."""
