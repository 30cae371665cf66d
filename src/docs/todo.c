#include "docs/todo.h"

#include "base/digest.h"
#include "base/fs.h"

#include <string.h>

#define SHOWN 160

/* One line of a file in which a word stands. */
typedef struct {
    guint line, column;
    char *text; /* normalised */
} Mark;

typedef struct {
    const DocsTodo *todo;
    GArray **marks;  /* of Mark, for each file; NULL: none */
    char **problems; /* for each file; NULL: it was read */
} Checking;

/* ---- looking ---- */

typedef struct {
    const char *text;
    gsize length, counted; /* lines are counted up to here */
    guint line;
    gsize start; /* of the line */
    GArray *marks;
} Looking;

static char *normalised(const char *line, gsize length) {
    GString *out = g_string_sized_new(length);
    for (gsize i = 0; i < length; i++) {
        bool blank = g_ascii_isspace(line[i]);
        if (!blank)
            g_string_append_c(out, line[i]);
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    if (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

static void take(gsize at, guint word, void *data) {
    Looking *looking = data;
    (void)word;
    const char *newline;
    while ((newline = memchr(looking->text + looking->counted, '\n', at - looking->counted)) != NULL) {
        looking->counted = looking->start = (gsize)(newline - looking->text) + 1;
        looking->line++;
    }
    if (looking->marks == NULL)
        looking->marks = g_array_new(FALSE, FALSE, sizeof(Mark));
    looking->counted = at;
    if (looking->marks->len > 0 && g_array_index(looking->marks, Mark, looking->marks->len - 1).line == looking->line)
        return; /* a line is counted once */
    const char *end = memchr(looking->text + at, '\n', looking->length - at);
    gsize stop = end != NULL ? (gsize)(end - looking->text) : looking->length;
    Mark mark = {.line = looking->line, .column = (guint)(at - looking->start) + 1, .text = normalised(looking->text + looking->start, stop - looking->start)};
    g_array_append_val(looking->marks, mark);
}

static void look(guint index, const char *text, gsize length, const GError *problem, void *data) {
    const Checking *checking = data;
    if (problem != NULL) {
        checking->problems[index] = g_strdup(problem->message);
        return;
    }
    Looking looking = {.text = text, .length = length, .line = 1};
    DocsWords words = {.words = checking->todo->words, .found = take, .data = &looking};
    docs_words_find(&words, text, length);
    checking->marks[index] = looking.marks;
}

/* ---- the baseline ---- */

static char *key_of(const char *path, const char *text) {
    g_autofree char *digest = digest_string(text);
    return g_strdup_printf("%s\t%s", path, digest);
}

static void put_count(GHashTable *counts, const char *key, guint more) {
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
    g_hash_table_insert(counts, g_strdup(key), GUINT_TO_POINTER(count + more));
}

static bool read_row(GHashTable *counts, const char *row) {
    const char *last = strrchr(row, '\t');
    char *end = NULL;
    guint64 count = last != NULL ? g_ascii_strtoull(last + 1, &end, 10) : 0;
    g_autofree char *key = last != NULL ? g_strndup(row, (gsize)(last - row)) : NULL;
    const char *digest = key != NULL ? strrchr(key, '\t') : NULL;
    if (digest == NULL || strlen(digest + 1) != DIGEST_HEX_LENGTH || *end != '\0' || count == 0 || count > G_MAXINT)
        return false;
    put_count(counts, key, (guint)count);
    return true;
}

/* An empty table where there is no such file. */
static GHashTable *read_baseline(const DocsTodo *todo, GError **error) {
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (*todo->baseline == '\0' || fs_kind_beneath(todo->root, todo->baseline) == FS_MISSING)
        return g_steal_pointer(&counts);
    g_autoptr(GBytes) bytes = fs_read_beneath(todo->root, todo->baseline, DOCS_LIMIT, error);
    if (bytes == NULL)
        return NULL;
    g_auto(GStrv) rows = g_strsplit(g_bytes_get_data(bytes, NULL), "\n", -1);
    for (guint i = 0; rows[i] != NULL; i++) {
        if (*rows[i] == '\0' || *rows[i] == '#' || read_row(counts, rows[i]))
            continue;
        error_set(error, ERROR_PARSE, "%s:%u: this is no line of a baseline", todo->baseline, i + 1);
        error_why(error, "it wants: path, tab, sha256, tab, count");
        error_fix(error, "slipway gates run docs.todo --update-baseline");
        return NULL;
    }
    return g_steal_pointer(&counts);
}

static int by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool write_baseline(const DocsTodo *todo, GHashTable *counts, GError **error) {
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer key, count;
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, &key, &count))
        g_ptr_array_add(rows, g_strdup_printf("%s\t%u\n", (const char *)key, GPOINTER_TO_UINT(count)));
    g_ptr_array_sort(rows, by_text);
    g_autoptr(GString) text =
        g_string_new("# What docs.todo passes over: path, sha256 of the line, how often. Written by slipway gates run docs.todo --update-baseline\n");
    for (guint i = 0; i < rows->len; i++)
        g_string_append(text, g_ptr_array_index(rows, i));
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    return fs_write_beneath(todo->root, todo->baseline, bytes, 0, error);
}

/* ---- judging ---- */

static void report(GPtrArray *findings, const char *path, const Mark *mark) {
    g_autofree char *cut = g_strndup(mark->text, SHOWN);
    g_autofree char *valid = g_utf8_make_valid(cut, -1);
    docs_findings_add(findings, &(DocsFinding){.path = (char *)path, .line = mark->line, .column = mark->column, .code = "todo", .what = valid});
}

static void judge_file(const Checking *checking, guint index, GHashTable *baseline, DocsTodoResult *result) {
    const char *path = g_ptr_array_index(checking->todo->files, index);
    for (guint i = 0; checking->marks[index] != NULL && i < checking->marks[index]->len; i++) {
        const Mark *mark = &g_array_index(checking->marks[index], Mark, i);
        g_autofree char *key = key_of(path, mark->text);
        guint left = GPOINTER_TO_UINT(g_hash_table_lookup(baseline, key));
        if (checking->todo->update) {
            put_count(baseline, key, 1);
            result->known++;
        } else if (left > 0) {
            g_hash_table_insert(baseline, g_strdup(key), GUINT_TO_POINTER(left - 1));
            result->known++;
        } else {
            report(result->findings, path, mark);
        }
    }
    if (checking->problems[index] != NULL)
        docs_findings_add(result->findings, &(DocsFinding){.path = (char *)path, .code = "file", .what = checking->problems[index], .warning = true});
}

static void forget(const Checking *checking) {
    for (guint i = 0; i < checking->todo->files->len; i++) {
        for (guint k = 0; checking->marks[i] != NULL && k < checking->marks[i]->len; k++)
            g_free(g_array_index(checking->marks[i], Mark, k).text);
        g_clear_pointer(&checking->marks[i], g_array_unref);
        g_free(checking->problems[i]);
    }
    g_free(checking->marks);
    g_free(checking->problems);
}

static guint count_left(GHashTable *baseline) {
    guint left = 0;
    GHashTableIter iter;
    gpointer count;
    g_hash_table_iter_init(&iter, baseline);
    while (g_hash_table_iter_next(&iter, NULL, &count))
        left += GPOINTER_TO_UINT(count);
    return left;
}

bool docs_todo(const DocsTodo *todo, DocsTodoResult *result, GError **error) {
    *result = (DocsTodoResult){.findings = docs_findings_new(), .files = todo->files->len};
    if (todo->update && *todo->baseline == '\0') {
        error_set(error, ERROR_CONFIG, "there is no baseline to write: docs.todo.baseline is empty");
        error_state(error, "nothing was changed");
        error_fix(error, "set docs.todo.baseline in slipway.yaml");
        return false;
    }
    g_autoptr(GHashTable) baseline = todo->update ? g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) : read_baseline(todo, error);
    if (baseline == NULL)
        return false;
    Checking checking = {.todo = todo, .marks = g_new0(GArray *, todo->files->len + 1), .problems = g_new0(char *, todo->files->len + 1)};
    DocsReading reading = {.root = todo->root, .paths = todo->files, .visit = look, .data = &checking, .cancel = todo->cancel};
    bool done = docs_read(&reading, error);
    for (guint i = 0; done && i < todo->files->len; i++)
        judge_file(&checking, i, baseline, result);
    forget(&checking);
    if (done && todo->update)
        return write_baseline(todo, baseline, error);
    result->gone = count_left(baseline);
    return done;
}

void docs_todo_result_clear(DocsTodoResult *result) {
    g_clear_pointer(&result->findings, g_ptr_array_unref);
}
