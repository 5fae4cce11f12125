"""What an acceptance test found, in words of a language: for its page, and for its report."""

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.film.counted import counted, films_of_patients
from cxr.language.catalogue import N_, translated
from cxr.language.formats import number
from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.site.acceptance import Acceptance, Error
from cxr.site.limits import auroc_of
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS, percent

NO_AGE_GROUP = N_(
    "These films state no age group, so they were flagged by the more cautious of the thresholds for "
    "children and adults. State it in the column *population* of the list, or when films are added."
)
MET, NOT_MET = N_("All limits are met."), N_("Not all limits are met.")
TOO_FEW = N_("All limits are met, but these are too few films to be certain.")


def verdict(found: Acceptance) -> str:
    """Sum up the verdicts in one sentence, in English; it is in the catalogues."""
    if not found.accepted:
        return NOT_MET
    return MET if found.certain else TOO_FEW


def summary(found: Acceptance) -> str:
    """Sum up an acceptance test in lines of English text."""
    lines = [f"{found.bundle}: {'accepted' if found.accepted else 'not accepted'}. {verdict(found)}"]
    for population, group in found.whole.items():
        lines += [
            "",
            f"{POPULATION_WORDS[population]}: {films_of_patients(group.films, group.patients)}, "
            f"{group.labels[Label.PNEUMONIA]} with pneumonia; "
            f"AUROC {auroc_of(group) or 'undefined'}",
            *(f"  {finding}" for finding in found.verdicts[population]),
            f"  {day_words(found, population, Language.ENGLISH)}",
            *([f"  {NO_AGE_GROUP.replace('*', '')}"] if population is Population.UNKNOWN else []),
        ]
    return "\n".join(lines)


def day_words(found: Acceptance, population: Population, language: Language) -> str:
    """Say what a day brings, in one sentence."""
    if (day := found.days.get(population)) is None:
        return translated(
            language, N_("The flags of a day cannot be estimated without films of both labels.")
        )
    flags = []
    for flag, films in day.films.items():
        share = day.with_pneumonia[flag]
        words = f"{number(language, films, 1)} {in_language(language, FLAG_WORDS[flag]).lower()}"
        if share is not None:
            text = N_(" ({share} in 100 with pneumonia)")
            words += translated(language, text, share=f"{100 * share:.0f}")
        flags.append(words)
    text = N_("With {films} a day of such patients, {prevalence} in 100 with pneumonia: {flags}.")
    return translated(
        language,
        text,
        films=in_language(language, counted(found.films_a_day, "film")),
        prevalence=f"{100 * found.prevalence:g}",
        flags=", ".join(flags),
    )


def error_words(error: Error, language: Language) -> str:
    """Name a film on which flag and label disagree, by its line or case."""
    label = N_("pneumonia") if error.label is Label.PNEUMONIA else N_("no pneumonia")
    return translated(
        language,
        N_("{place}: {label}, flag {flag}, {probability}"),
        place=error.place,
        label=translated(language, label),
        flag=in_language(language, FLAG_WORDS[error.flag]).lower(),
        probability=in_language(language, percent(error.probability)),
    )
