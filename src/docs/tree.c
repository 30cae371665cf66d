#include "docs/tree.h"

#include "base/fs.h"

#include <unistd.h>

#define SHARE 8u
#define THREADS 16u

/* ---- findings ---- */

static void finding_free(DocsFinding *finding) {
    g_free(finding->path);
    g_free(finding->what);
    g_free(finding);
}

GPtrArray *docs_findings_new(void) {
    return g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
}

void docs_findings_add(GPtrArray *findings, const DocsFinding *finding) {
    DocsFinding *copy = g_new0(DocsFinding, 1);
    *copy = *finding;
    copy->path = g_strdup(finding->path);
    copy->what = g_strdup(finding->what);
    g_ptr_array_add(findings, copy);
}

guint docs_findings_errors(const GPtrArray *findings) {
    guint count = 0;
    for (guint i = 0; i < findings->len; i++)
        count += ((const DocsFinding *)g_ptr_array_index(findings, i))->warning ? 0 : 1;
    return count;
}

json_t *docs_findings_json(const GPtrArray *findings, guint limit) {
    json_t *list = json_array();
    for (guint i = 0; i < findings->len && i < limit; i++) {
        const DocsFinding *finding = g_ptr_array_index(findings, i);
        json_array_append_new(list, json_pack("{s: o, s: I, s: I, s: s, s: o, s: b}", "path", jsonx_text(finding->path), "line", (json_int_t)finding->line,
                                              "column", (json_int_t)finding->column, "code", finding->code, "what", jsonx_text(finding->what), "warning",
                                              (int)finding->warning));
    }
    return list;
}

/* ---- reading ---- */

typedef struct {
    guint count, next; /* taken by the threads in shares */
    DocsWork work;
    void *data;
    const gint *cancel;
} Shares;

static bool is_cancelled(const gint *cancel) {
    return cancel != NULL && g_atomic_int_get(cancel) != 0;
}

static gpointer work_on(gpointer data) {
    Shares *shares = data;
    g_autoptr(GByteArray) buffer = g_byte_array_sized_new(1 << 16);
    for (;;) {
        guint from = (guint)g_atomic_int_add((gint *)&shares->next, (gint)SHARE);
        if (from >= shares->count || is_cancelled(shares->cancel))
            return NULL;
        for (guint i = from; i < from + SHARE && i < shares->count; i++)
            shares->work(i, buffer, shares->data);
    }
}

bool docs_each(guint count, DocsWork work, void *data, const gint *cancel, GError **error) {
    Shares shares = {.count = count, .work = work, .data = data, .cancel = cancel};
    GThread *threads[THREADS] = {NULL};
    guint wanted = MIN(MIN(g_get_num_processors(), THREADS), count / SHARE + 1);
    for (guint i = 1; i < wanted; i++)
        threads[i] = g_thread_try_new("docs", work_on, &shares, NULL);
    work_on(&shares);
    for (guint i = 1; i < wanted; i++) {
        if (threads[i] != NULL)
            g_thread_join(threads[i]);
    }
    return !is_cancelled(cancel) || error_set(error, ERROR_INTERRUPTED, "the check was ended, because the run is being stopped");
}

typedef struct {
    const DocsReading *reading;
    int folder;
} Reader;

static void read_one(guint index, GByteArray *buffer, void *data) {
    const Reader *reader = data;
    const DocsReading *reading = reader->reading;
    g_autoptr(GError) problem = NULL;
    if (fs_read_into(reader->folder, g_ptr_array_index(reading->paths, index), DOCS_LIMIT, buffer, &problem))
        reading->visit(index, (const char *)buffer->data, buffer->len, NULL, reading->data);
    else
        reading->visit(index, NULL, 0, problem, reading->data);
}

bool docs_read(const DocsReading *reading, GError **error) {
    Reader reader = {.reading = reading, .folder = fs_open_folder(reading->root, error)};
    if (reader.folder < 0)
        return false;
    bool done = docs_each(reading->paths->len, read_one, &reader, reading->cancel, error);
    close(reader.folder);
    return done;
}
