"""The diagnosis: twenty questions, a catalogue of mistakes, and `check`, which says which mistake was made and never guesses."""

from backprop.diagnosis.answers import AnswerFailed
from backprop.diagnosis.catalogue import MISTAKES
from backprop.diagnosis.diagnose import check
from backprop.diagnosis.questions import QUESTIONS
from backprop.diagnosis.report import Report
from backprop.diagnosis.tutor import hint, progress, solution

__all__ = ["MISTAKES", "QUESTIONS", "AnswerFailed", "Report", "check", "hint", "progress", "solution"]
