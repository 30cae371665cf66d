/* Shared by the files of the inline scanner. */
#pragma once

#include "docs/inlines.h"

#define DOCS_TICKS 80u

typedef struct {
    gsize at;    /* of the bracket */
    gsize plain; /* length of the plain text before it */
    bool image, bracket_after;
} DocsOpener;

typedef struct {
    const DocsInlines *inlines;
    const char *text;
    gsize at, end, from; /* from: of the block */
    GArray *openers;     /* of DocsOpener */
    guint inactive;      /* openers below this index are no links any more */
    guint texts;         /* how many of them are of no image */
    GString *plain;      /* or NULL */
    GArray *marks;       /* of DocsMark, with plain */
    bool counted;        /* last is filled in */
    gsize last[DOCS_TICKS + 1];
    bool endless[4]; /* kinds of asides that have no end behind here */
} DocsScan;

/* A run of underscores in the plain text, which may be emphasis. */
typedef struct {
    gsize at, length;
    bool opens, closes;
} DocsMark;

/* Each begins at scan->at and moves it on. False: nothing of that kind stands there. */
bool docs_scan_angle(DocsScan *scan);
bool docs_scan_url(DocsScan *scan);
void docs_scan_close(DocsScan *scan); /* at a ] */
void docs_scan_html(DocsScan *scan);  /* a whole block */
void docs_scan_use(const DocsScan *scan, DocsUseKind kind, gsize at, DocsRange range, bool markdown);
void docs_scan_plain(DocsScan *scan, gsize from, gsize to);
/* Emphasis taken out of scan->plain. */
void docs_scan_underscores(DocsScan *scan);
