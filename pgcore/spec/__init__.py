"""The spec: a YAML file that describes a problem and how to run it, and the way from text to a typed, checked Spec."""
