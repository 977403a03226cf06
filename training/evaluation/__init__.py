"""How good is the model on later leads: metrics, slices, lift, readiness?"""
