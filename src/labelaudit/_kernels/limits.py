"""What still counts as a probability: the tolerances that both kinds of kernel and the messages share."""

# A float32 softmax may come out as 1.0000001; 1e-6 forgives rounding and nothing else. Scores stay <= 1.
LARGEST = 1.0 + 1e-6

# A float16 row of a thousand classes rounds to within 5e-3 of 1.
SUM_TOLERANCE = 1e-2

# The probabilities of a pixel may be further off: they are often kept in 8 bits, and the least of them cut away.
PIXEL_SUM_TOLERANCE = 0.1

# From this IoU on, two boxes or masks are of the same object, as COCO and Pascal VOC have it.
SAME_OBJECT = 0.5
