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
    "rsna": Source(
        name="RSNA pneumonia detection challenge 2018",
        films="adults",
        place="NIH Clinical Center",
        licence="NIH's data free to use with citation; challenge rules non-commercial",
        commercial=False,
    ),
    "rsna_equalised": Source(
        name="RSNA pneumonia detection challenge 2018, equalised by its publisher",
        films="adults, with radiologists' boxes on the opacities",
        place="NIH Clinical Center",
        licence="NIH's data free to use with citation; challenge rules non-commercial",
        commercial=False,
    ),
    "cohen": Source(
        name="COVID-19 image data collection, Cohen 2020",
        films="adults, nearly all with pneumonia",
        place="136 places in about 40 countries",
        licence="differs from film to film, often not stated: non-commercial",
        commercial=False,
    ),
    "jsrt": Source(
        name="JSRT, Shiraishi 2000",
        films="adults without pneumonia, digitised film",
        place="Japan",
        licence="free for research with citation",
        commercial=False,
    ),
    "pakistan_normal": Source(
        name="healthy films of one hospital in Pakistan",
        films="healthy adults",
        place="Pakistan",
        licence="CC BY 4.0",
        commercial=True,
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


def hospital_of(source: str) -> str:
    """Where a source was collected: two sources from one place are one hospital."""
    return SOURCES[source].place if source in SOURCES else source


def licence_of(source: str) -> str:
    """A source's name and licence in one line."""
    known = SOURCES.get(source)
    return f"{source} ({known.name}): {known.licence}" if known else f"{source}: licence unknown"
