"""What is learnt from labels, and how well: training, evaluation, review, discovery."""
