/* What check.c and fix.c share: a check under way, and the findings about links, which are those that are mended rather than only named. */
#pragma once

#include "changelog/check.h"
#include "changelog/parsed.h"

typedef struct {
    const Changelog *changelog;
    const ChangelogFacts *facts;
    GPtrArray *findings;
    guint versions, dated, iso; /* sections of versions, how many have a day, how many an ISO one */
} Checker;

/* what and fix are taken. The finding is the checker's. */
ChangelogFinding *checker_say(const Checker *checker, guint line, const char *code, char *what, char *fix);
ChangelogFinding *checker_warn(const Checker *checker, guint line, const char *code, char *what, char *fix);
/* The column where this text stands in the finding's line. */
void checker_point(const Checker *checker, ChangelogFinding *finding, const char *text);
/* The edit that mends it; text is taken. */
void checker_offer(ChangelogFinding *finding, gsize offset, gsize length, char *text);
const ChangelogSection *checker_section(const Checker *checker, guint index); /* NULL: there are not so many */
guint checker_count(const Checker *checker);

/* All about link definitions. */
void checker_links(const Checker *checker);
