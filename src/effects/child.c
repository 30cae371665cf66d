#include "effects/child.h"

#include "base/fs.h"
#include "base/text.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define TAIL_BYTES 16384
#define STRAY_GRACE_MS 500
#define LINES_AT_ONCE 2000.0
#define LINES_A_SECOND 2000.0

typedef struct {
    EffectRun *run;
    const EffectsChild *child;
    gint64 pid;
    gint64 shown_at; /* when lines were last let through, monotonic */
    double may_show; /* how many more lines may be shown now */
    GError *trouble; /* of keeping */
} Listening;

static void started(gint64 pid, const char *start_time, void *data) {
    Listening *listening = data;
    json_t *value = json_object();
    listening->pid = pid;
    json_object_set_new(value, "pid", json_integer(pid));
    json_object_set_new(value, "start_time", jsonx_text(start_time));
    effect_keep(listening->run, "process", value, &listening->trouble);
}

/* Who reads the lines is slower than who writes them: of a flood only a part is shown, so that it never waits in memory. The log has all. */
static bool may_show(Listening *listening) {
    gint64 now = g_get_monotonic_time();
    listening->may_show = MIN(LINES_AT_ONCE, listening->may_show + (double)(now - listening->shown_at) * LINES_A_SECOND / G_USEC_PER_SEC);
    listening->shown_at = now;
    if (listening->may_show < 1)
        return false;
    listening->may_show -= 1;
    return true;
}

static void line(const char *text, void *data) {
    Listening *listening = data;
    if (may_show(listening))
        effect_line(listening->run, text);
    if (listening->child->line != NULL)
        listening->child->line(text, listening->child->data);
}

/* By which its processes are told from those of other effects, wherever they went. */
static char *entry_of(const EffectRun *run) {
    return g_strdup_printf("SLIPWAY_EFFECT=%s %s", run->site->mark, run->id);
}

static char **environment(const EffectRun *run, const EffectsChild *child) {
    g_autoptr(GPtrArray) extra = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; child->extra != NULL && child->extra[i] != NULL; i++)
        g_ptr_array_add(extra, g_strdup(child->extra[i]));
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)child->env, name, value) {
        if (json_is_string(value))
            g_ptr_array_add(extra, g_strdup_printf("%s=%s", name, json_string_value(value)));
    }
    g_ptr_array_add(extra, entry_of(run));
    g_ptr_array_add(extra, NULL);
    return process_clean_env((const char *const *)extra->pdata);
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
    g_auto(GStrv) env = environment(run, child);
    Listening listening = {.run = run, .child = child, .may_show = LINES_AT_ONCE, .shown_at = g_get_monotonic_time()};
    ProcessSpec spec = {
        .argv = child->words,
        .env = (const char *const *)env,
        .cwd = child->cwd,
        .log_path = log,
        .timeout_seconds = child->timeout_seconds,
        .cancel = run->cancel,
        .mark = run->site->mark,
        .started = started,
        .line = line,
        .data = &listening,
    };
    bool done = process_run(&spec, result, error);
    g_autofree char *entry = entry_of(run);
    if (listening.pid > 0)
        process_end_marked(entry, listening.pid, STRAY_GRACE_MS);
    g_autoptr(GError) trouble = listening.trouble;
    if (done && result->cancelled)
        return error_set(error, ERROR_INTERRUPTED, "%s was ended, because the run is being stopped", child->words[0]);
    if (!done || trouble == NULL)
        return done;
    g_propagate_error(error, g_steal_pointer(&trouble));
    return false;
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

char *effects_output_tail(const ProcessResult *result, const char *log_path, guint lines) {
    gsize length = 0;
    g_autofree char *text = log_path != NULL ? read_tail(log_path, &length) : NULL;
    if (text != NULL)
        return text_tail(text, length, lines, "");
    GBytes *bytes = g_bytes_get_size(result->err) > 0 ? result->err : result->out;
    return text_tail(process_text(bytes), g_bytes_get_size(bytes), lines, "");
}
