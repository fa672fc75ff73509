"""The eleven metrics, one small pure function each: facts in, evidence out."""
