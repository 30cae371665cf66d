#include "effects/child.h"

#include "base/fs.h"
#include "base/text.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define TAIL_BYTES 16384
#define MISSED_SHOWN 3

typedef struct {
    EffectRun *run;
    const EffectsChild *child;
} Listening;

static void started(gint64 pid, const char *start_time, void *data) {
    json_t *value = json_object();
    json_object_set_new(value, "pid", json_integer(pid));
    json_object_set_new(value, "start_time", jsonx_text(start_time));
    g_autofree char *boot = process_boot_id();
    json_object_set_new(value, "boot", jsonx_text(boot));
    effect_record(((const Listening *)data)->run, "process", value);
}

static void line(const char *text, void *data) {
    const Listening *listening = data;
    effect_line(listening->run, text);
    if (listening->child->line != NULL)
        listening->child->line(text, listening->child->data);
}

static char **environment(const EffectsChild *child) {
    g_autoptr(GPtrArray) extra = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; child->extra != NULL && child->extra[i] != NULL; i++)
        g_ptr_array_add(extra, g_strdup(child->extra[i]));
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)child->env, name, value) {
        if (json_is_string(value))
            g_ptr_array_add(extra, g_strdup_printf("%s=%s", name, json_string_value(value)));
    }
    g_ptr_array_add(extra, NULL);
    const char *const *all = (const char *const *)extra->pdata;
    g_auto(GStrv) pass = jsonx_to_strv(child->pass);
    return child->bare ? g_strdupv((char **)all) : process_pass_env((const char *const *)pass, all);
}

char *effects_log_path(EffectRun *run, const char *name, GError **error) {
    if (strchr(name, '/') == NULL && name[0] != '.' && *name != '\0')
        return g_build_filename(run->site->work_dir, "logs", name, NULL);
    error_set(error, ERROR_PLAN_BROKEN, "\"%.100s\" is not the name of a log", name);
    return NULL;
}

bool effects_run_child(EffectRun *run, const EffectsChild *child, ProcessResult *result, GError **error) {
    g_autofree char *log = child->log != NULL ? effects_log_path(run, child->log, error) : NULL;
    g_autofree char *logs = g_build_filename(run->site->work_dir, "logs", NULL);
    if ((child->log != NULL && log == NULL) || !fs_make_dirs(logs, 0777, error))
        return false;
    /* A log tells of one attempt. */
    if (log != NULL)
        g_unlink(log);
    g_auto(GStrv) env = environment(child);
    Listening listening = {.run = run, .child = child};
    ProcessSpec spec = {
        .argv = child->words,
        .env = (const char *const *)env,
        .cwd = child->cwd,
        .log_path = log,
        .timeout_seconds = child->timeout_seconds,
        .umask = child->umask,
        .writable = child->writable,
        .network = child->network,
        .cancel = run->cancel,
        .mark = run->site->own,
        .started = started,
        .line = line,
        .data = &listening,
    };
    bool done = process_run(&spec, result, error);
    if (done && result->cancelled)
        return error_set(error, ERROR_INTERRUPTED, "%s was ended, because the run is being stopped", child->words[0]);
    return done;
}

/* The log has both streams in their order; what a child says last is at its end. */
static char *read_tail(const char *path, gsize *length) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return NULL;
    if (fseek(file, -TAIL_BYTES, SEEK_END) != 0)
        rewind(file);
    char *text = g_malloc(TAIL_BYTES + 1);
    *length = fread(text, 1, TAIL_BYTES, file);
    text[*length] = '\0';
    fclose(file);
    return text;
}

static bool has_word(const char *text, const char *word) {
    gsize length = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        bool begins = at == text || !(g_ascii_isalnum(at[-1]) || at[-1] == '_');
        if (begins && !g_ascii_isalnum(at[length]) && at[length] != '_')
            return true;
    }
    return false;
}

char *effects_missed_variables(const ProcessResult *result, const char *log_path, const char *key) {
    gsize length = 0;
    g_autofree char *tail = log_path != NULL ? read_tail(log_path, &length) : NULL;
    const char *text = tail != NULL ? tail : process_text(result->err);
    g_auto(GStrv) names = process_withheld();
    g_autoptr(GPtrArray) missed = g_ptr_array_new();
    for (guint i = 0; names[i] != NULL && missed->len < MISSED_SHOWN; i++) {
        if (strlen(names[i]) > 3 && strchr(names[i], '_') != NULL && has_word(text, names[i]))
            g_ptr_array_add(missed, names[i]);
    }
    g_ptr_array_add(missed, NULL);
    g_autofree char *list = missed->len > 1 ? g_strjoinv(", ", (char **)missed->pdata) : NULL;
    bool one = missed->len == 2;
    return list == NULL ? NULL
                        : g_strdup_printf("%s: set in your environment, named in this output and not passed on%s; to pass %s on: %s: [%s]", list,
                                          one ? "" : " (each)", one ? "it" : "them", key, list);
}

char *effects_output_tail(const ProcessResult *result, const char *log_path, guint lines) {
    gsize length = 0;
    g_autofree char *text = log_path != NULL ? read_tail(log_path, &length) : NULL;
    if (text != NULL)
        return text_tail(text, length, lines, "");
    GBytes *bytes = g_bytes_get_size(result->err) > 0 ? result->err : result->out;
    return text_tail(process_text(bytes), g_bytes_get_size(bytes), lines, "");
}
