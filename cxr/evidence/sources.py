"""Where labelled films come from, and what their owners allow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Films of one source, which was collected at a place.

    `commercial` says whether a network that was trained on them may be used commercially.
    """

    name: str
    films: str
    place: str
    licence: str
    commercial: bool


SOURCES = {
    "kermany": Source(
        name="Kermany, Zhang, Goldbaum 2018",
        films="children of one to five years",
        place="Guangzhou",
        licence="CC BY 4.0",
        commercial=True,
    ),
    "siim": Source(
        name="SIIM-FISABIO-RSNA COVID-19 detection 2021",
        films="adults, with radiologists' boxes on the opacities",
        place="several hospitals",
        licence="non-commercial research and education only",
        commercial=False,
    ),
    "chexpert_normal": Source(
        name="CheXpert",
        films="healthy adults",
        place="Stanford",
        licence="Stanford's research agreement, non-commercial",
        commercial=False,
    ),
    "hannover": Source(
        name="COVID-19 image repository",
        films="adults with pneumonia",
        place="Hannover",
        licence="CC BY 3.0",
        commercial=True,
    ),
}


def licence_of(source: str) -> str:
    """A source's name and licence in one line."""
    known = SOURCES.get(source)
    return f"{source} ({known.name}): {known.licence}" if known else f"{source}: licence unknown"
