"""What happens to a value: the operators that a policy can name, and what they leave in a text."""

from voc.privacy.operators.operator import OperatorFunction, Operators, Place, Value
from voc.privacy.operators.partial import partial
from voc.privacy.operators.placeholder import REDACTED, label_pattern, placeholder_pattern

__all__ = [
    "REDACTED",
    "OperatorFunction",
    "Operators",
    "Place",
    "Value",
    "label_pattern",
    "partial",
    "placeholder_pattern",
]
