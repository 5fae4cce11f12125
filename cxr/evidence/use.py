"""What the program is for, what it is not for, and what is not known of it: the words of card and page."""

PURPOSE = (
    "To put waiting frontal chest films in an order, so that those with signs of pneumonia are read first. "
    "It changes the order in which people read films; every film is still read."
)

NOT_FOR = (
    "reading a film instead of a person, or ruling pneumonia out: a routine film can show it;",
    "infants under one year, who are refused, and children over five, of whom it has seen no film;",
    "other findings: a broken rib or a tumour raises no flag;",
    "side views, CT slices and other images: the quality check refuses most of them, not all;",
    "a hospital where nobody has compared its flags with readers' findings;",
    "commercial use, where a source of the training films forbids it: see the licences.",
)

LIMITS = (
    "All figures come from films that were collected for other purposes and labelled beforehand; nobody has "
    "yet measured the effect of the program on the work or the patients of a clinic.",
    "Nearly all films were downsized and stripped of their header before we received them. Large films are "
    "processed in the same way, but few were measured.",
    "The adult pneumonia films date from the COVID-19 years. Other pneumonia in adults was not measured.",
    "A film of an adult that is called normal shows no opacity; it may show another disease.",
    "The films of other hospitals show healthy adults in one and adults with pneumonia in the other. They "
    "show how flags are distributed there, not how well the two can be distinguished.",
    "Probabilities are valid for the prevalence that is set, and only as far as films resemble those of the "
    "training hospitals. Flags do not depend on the prevalence.",
    "The heat map shows what raised the score. It does not outline a disease, and a cool region may "
    "still be diseased.",
)
