"""Screening workstation for pneumonia on chest radiographs. Research use only; not a medical device."""

__version__ = "0.2.0"

RESEARCH_USE = "For research use only. Not a medical device: every film still has to be read by a clinician."
