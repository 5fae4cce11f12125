"""What the program is for, what it is not for, and what is not known of it: the words of card and page."""

PURPOSE = (
    "To put waiting frontal chest films in an order, so that those with signs of pneumonia are read first. "
    "It changes the order in which people read films; every film is still read."
)

NOT_FOR = (
    "reading a film instead of a person, or ruling pneumonia out: a routine film can show it;",
    "infants under one year, who are refused, and children over five, of whom it has seen no film;",
    "other findings: a broken rib or a tumour raises no flag;",
    "side views, CT slices and other images: the gate refuses most of them, not all;",
    "a hospital whose films nobody has held its flags against;",
    "commercial use, where a source of the training films forbids it: see the licences.",
)

LIMITS = (
    "All figures are of films that were collected for other purposes and labelled before; nobody has yet "
    "measured what the program does to the work or to the patients of a clinic.",
    "Nearly all films were made small and lost their header before they came here. Large films go the same "
    "way through the program, but few were measured.",
    "The adults' pneumonia is that of the years of COVID-19. Other pneumonias of adults were not measured.",
    "A film of an adult that is called normal shows no opacity; it may show another disease.",
    "The films of other hospitals show healthy adults in one and adults with pneumonia in the other. They "
    "tell how the flags fall there, not how well the two are told apart.",
    "Probabilities hold for the share of pneumonia that is set, and as far as films are like those of the "
    "training hospitals. Flags do not depend on that share.",
    "The heat map shows what raised the score. It is no outline of a disease, and a cool region may "
    "still be diseased.",
)
