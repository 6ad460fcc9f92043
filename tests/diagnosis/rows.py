"""The mistakes that people make and an answer can show, as they were gathered; the catalogue may hold more."""

ROWS = (
    "missing-output-derivative extra-output-derivative missing-hidden-derivative derivative-of-activation activation-form-on-z "
    "wrong-activation-derivative activation-applied-twice sign not-transposed inverse-not-transpose gradient-transposed "
    "gradient-for-weight error-not-delta dot-for-hadamard hadamard-for-dot one-output-only mean-over-outputs updated-weight "
    "missing-1-over-n extra-1-over-n wrong-n factor-two bias-not-summed bias-over-summed bias-mean bias-from-weights bias-missing "
    "bias-times-derivative bias-times-input bias-row-first bias-row-kept wrong-row-dropped last-example-only not-reset "
    "in-place off-by-one-layer diagonal-softmax softmax-axis softmax-twice softmax-overflow log-of-zero wrong-layer-count "
    "epsilon"
).split()
