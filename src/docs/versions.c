#include "docs/versions.h"

#include "docs/mentions.h"
#include "version/version.h"

typedef struct {
    const DocsVersions *versions;
    Version *newest;
    GPtrArray **found; /* of DocsFinding*, for each file; NULL: none */
} Checking;

static Version *version_of(const char *text) {
    Version *version = version_parse(text, NULL);
    return version != NULL ? version : version_from_pep440(text, NULL);
}

static int by_place(gconstpointer a, gconstpointer b) {
    const DocsFinding *one = *(DocsFinding *const *)a, *other = *(DocsFinding *const *)b;
    return one->line != other->line ? (one->line < other->line ? -1 : 1) : one->column < other->column ? -1 : one->column > other->column;
}

static void report(const Checking *checking, guint index, const Mention *mention) {
    g_autoptr(Version) version = version_of(mention->value);
    if (version == NULL || version_compare(version, checking->newest) >= 0)
        return;
    g_autofree char *what = g_strdup_printf("names %s; the version is %s", mention->value, checking->versions->version);
    DocsFinding finding = {.path = g_ptr_array_index(checking->versions->files, index), .line = mention->line, .column = mention->column};
    finding.code = "version";
    finding.what = what;
    if (checking->found[index] == NULL)
        checking->found[index] = docs_findings_new();
    docs_findings_add(checking->found[index], &finding);
}

static void look(guint index, const char *text, gsize length, const GError *problem, void *data) {
    const Checking *checking = data;
    if (problem != NULL) {
        DocsFinding finding = {.path = g_ptr_array_index(checking->versions->files, index), .code = "file", .what = problem->message, .warning = true};
        checking->found[index] = docs_findings_new();
        docs_findings_add(checking->found[index], &finding);
        return;
    }
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, length);
    g_autoptr(GPtrArray) mentions = docs_mentions_by_name(bytes, checking->versions->names);
    for (guint i = 0; i < mentions->len; i++)
        report(checking, index, g_ptr_array_index(mentions, i));
    if (checking->found[index] != NULL)
        g_ptr_array_sort(checking->found[index], by_place);
}

GPtrArray *docs_versions(const DocsVersions *versions, GError **error) {
    g_autoptr(Version) newest = version_of(versions->version);
    if (newest == NULL) {
        error_set(error, ERROR_BAD_VERSION, "'%s' is no version", versions->version);
        return NULL;
    }
    g_autofree GPtrArray **found = g_new0(GPtrArray *, versions->files->len + 1);
    Checking checking = {.versions = versions, .newest = newest, .found = found};
    DocsReading reading = {.root = versions->root, .paths = versions->files, .visit = look, .data = &checking, .cancel = versions->cancel};
    bool done = docs_read(&reading, error);
    g_autoptr(GPtrArray) findings = docs_findings_new();
    for (guint i = 0; i < versions->files->len; i++) {
        for (guint k = 0; found[i] != NULL && k < found[i]->len; k++)
            docs_findings_add(findings, g_ptr_array_index(found[i], k));
        g_clear_pointer(&found[i], g_ptr_array_unref);
    }
    return done ? g_steal_pointer(&findings) : NULL;
}
