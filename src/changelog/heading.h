/* What a heading of a changelog says: which version, of which day. Keep a Changelog's form and what projects make of it (`## v1.2.3 (2024-01-02)`,
 * `# [1.2.3](url) (date)`, `1.2.3 / July 23rd, 2024`, `Version 1.2.3`, `master (unreleased)`, …). Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    gsize offset, length; /* in the heading's text; length 0: not there */
} HeadingPart;

typedef struct {
    bool unreleased; /* says that this is not out: Unreleased, master (unreleased), TBD, 1.2.0 (unreleased) */
    bool yanked;
    HeadingPart version; /* bare, without v; what is not released may have one too */
    HeadingPart label;   /* what a link definition's label would be: with its v */
    HeadingPart url;     /* of an inline link */
    HeadingPart date;    /* as written, whatever its form */
    bool brackets;       /* around the label, without an inline link */
} Heading;

/* text: a heading without its #s. False: it is no version's heading. */
bool heading_read(const char *text, Heading *heading);

/* A day as written → ISO, "2024-07-23"; NULL: it is none that exists. g_free. */
char *heading_iso_date(const char *text, gsize length);
/* An ISO day in the form of another one as it is written ("July 23rd, 2024"). g_free. */
char *heading_date_like(const char *model, const char *iso);
