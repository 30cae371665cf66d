"""Configuration: built-in defaults, a TOML file, the environment; later ones win."""
