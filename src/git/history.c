/* History as a stream: git writes, and what it has written is read meanwhile. */
#include "git/git.h"

#include <string.h>

#define FIELDS 6
/* A record that is larger is no commit message but an attack, or a mistake; its text is cut. */
#define RECORD_LIMIT (4u << 20)

typedef struct {
    const GitHistory *history;
    GString *record;    /* what has come of the present record */
    gsize ends[FIELDS]; /* of its finished fields */
    guint fields;
} Reader;

static void finish_record(Reader *reader) {
    const char *text = reader->record->str;
    const char *field[FIELDS];
    for (guint i = 0; i < FIELDS; i++)
        field[i] = i == 0 ? text : text + reader->ends[i - 1];
    GitRecord record = {
        .id = field[0], .parents = field[1], .when = g_ascii_strtoll(field[2], NULL, 10), .author = field[3], .email = field[4], .message = field[5]};
    reader->history->visit(&record, reader->history->data);
    g_string_truncate(reader->record, 0);
    reader->fields = 0;
}

static void take(const char *bytes, gsize length, void *data) {
    Reader *reader = data;
    while (length > 0) {
        const char *end = memchr(bytes, '\0', length);
        gsize part = end != NULL ? (gsize)(end - bytes) : length;
        if (reader->record->len < RECORD_LIMIT)
            g_string_append_len(reader->record, bytes, (gssize)part);
        if (end == NULL)
            return;
        g_string_append_c(reader->record, '\0');
        reader->ends[reader->fields++] = reader->record->len;
        if (reader->fields == FIELDS)
            finish_record(reader);
        bytes += part + 1;
        length -= part + 1;
    }
}

bool git_history(const Git *git, const GitHistory *history, GError **error) {
    g_autofree char *not_from = history->from != NULL ? g_strdup_printf("^%s", history->from) : NULL;
    GPtrArray *words = g_ptr_array_new();
    const char *fixed[] = {"log", "-z", "--no-show-signature", "--encoding=UTF-8", "--format=%H%x00%P%x00%ct%x00%aN%x00%aE%x00%B", "--end-of-options"};
    for (guint i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(words, (char *)fixed[i]);
    g_ptr_array_add(words, (char *)history->to);
    if (not_from != NULL)
        g_ptr_array_add(words, not_from);
    g_ptr_array_add(words, (char *)"--");
    if (history->path != NULL)
        g_ptr_array_add(words, (char *)history->path);
    g_ptr_array_add(words, NULL);
    Reader reader = {.history = history, .record = g_string_sized_new(1 << 12)};
    const char *env[] = {"GIT_FLUSH=0", NULL}; /* else git wakes its reader for every commit */
    GitCall call = {.read = true, .env = env, .words = (const char *const *)words->pdata, .chunk = take, .data = &reader};
    g_autofree char *nothing = git_call(git, &call, error);
    /* git ends records by NUL between, not behind, them. */
    if (nothing != NULL && reader.fields == FIELDS - 1)
        take("", 1, &reader);
    g_string_free(reader.record, TRUE);
    g_ptr_array_unref(words);
    return nothing != NULL;
}
