/* What the checks of docs share: the files they look at, read by all processors at once, and what they find. */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

/* Larger files are not read. */
#define DOCS_LIMIT (16u << 20)

typedef struct {
    char *path;         /* bytes */
    guint line, column; /* from 1; 0: the whole file */
    const char *code;   /* todo link image anchor reference definition nav url version file */
    char *what;
    bool warning;
} DocsFinding;

/* Of DocsFinding*. */
GPtrArray *docs_findings_new(void);
void docs_findings_add(GPtrArray *findings, const DocsFinding *finding); /* strings are copied */
guint docs_findings_errors(const GPtrArray *findings);
/* [{path, line, column, code, what, warning}], the first `limit`; what is not UTF-8 is replaced. New reference. */
json_t *docs_findings_json(const GPtrArray *findings, guint limit);

/* Calls work for each index below count, on several threads; buffer is the thread's own. False with INTERRUPTED when cancel (or NULL) was set. */
typedef void (*DocsWork)(guint index, GByteArray *buffer, void *data);
bool docs_each(guint count, DocsWork work, void *data, const gint *cancel, GError **error);

/* Reads files beneath root, through no link, and visits each on one of several threads: index as in paths; the text is NUL-terminated and lives as long as the
 * call. A file that cannot be read is visited with its error and without text. False with INTERRUPTED when cancel was set. */
typedef struct {
    const char *root;
    const GPtrArray *paths; /* of char* */
    void (*visit)(guint index, const char *text, gsize length, const GError *problem, void *data);
    void *data;
    const gint *cancel; /* or NULL */
} DocsReading;
bool docs_read(const DocsReading *reading, GError **error);
