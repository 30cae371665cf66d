/* A run of one effect in a test: a scratch world, a host that keeps and listens, and short calls that assert. */
#pragma once

#include "base/fs.h"
#include "engine/effect.h"

#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KINDS_MARK "slipway:v1.1.0:9f86d081884c7d65"
#define KINDS_WHEN 1764000000

typedef struct {
    char *scratch; /* all of it */
    char *tree, *work, *forge;
    EffectSite site;
    gint cancel;
    GHashTable *kept; /* effect id → json_t* object, as the journal would have it */
    GString *said;    /* lines and notes */
} KindsWorld;

static inline bool kinds_keep(EffectRun *run, const char *key, json_t *value, GError **error) {
    (void)run;
    (void)key;
    (void)error;
    json_decref(value);
    return true;
}

static inline void kinds_say(EffectRun *run, const char *text) {
    KindsWorld *world = run->host_data;
    g_string_append_printf(world->said, "%s\n", text);
}

static inline void kinds_record(EffectRun *run, const char *key, json_t *value) {
    kinds_keep(run, key, value, NULL);
}

static const EffectHost kinds_host = {.keep = kinds_keep, .record = kinds_record, .line = kinds_say, .note = kinds_say};

/* Always at the same place below `base`: keys of fault points hold paths. */
static inline void kinds_begin(KindsWorld *world, const char *base) {
    world->scratch = g_build_filename(base, "world", NULL);
    world->tree = g_build_filename(world->scratch, "tree", NULL);
    world->work = g_build_filename(world->scratch, "run", NULL);
    world->forge = g_build_filename(world->scratch, "forge", NULL);
    g_assert_true(fs_make_dirs(world->tree, 0755, NULL));
    g_assert_true(fs_make_dirs(world->work, 0755, NULL));
    world->site = (EffectSite){
        .tree = world->tree,
        .git_dir = world->tree,
        .state_dir = world->scratch,
        .work_dir = world->work,
        .run_id = "v1.1.0",
        .mark = KINDS_MARK,
        .own = KINDS_MARK,
        .now = KINDS_WHEN,
    };
    world->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_decref);
    world->said = g_string_new(NULL);
}

static inline void kinds_end(KindsWorld *world) {
    fs_remove_tree(world->scratch, NULL);
    g_free(world->scratch);
    g_free(world->tree);
    g_free(world->work);
    g_free(world->forge);
    g_hash_table_unref(world->kept);
    g_string_free(world->said, TRUE);
    *world = (KindsWorld){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(KindsWorld, kinds_end)

/* A run of `kind`; its id is the kind's name, so that what one call keeps the next one has. */
static inline void kinds_run(KindsWorld *world, const EffectKind *kind, const json_t *params, EffectRun *run) {
    json_t *kept = g_hash_table_lookup(world->kept, kind->name);
    if (kept == NULL) {
        kept = json_object();
        g_hash_table_insert(world->kept, g_strdup(kind->name), kept);
    }
    *run = (EffectRun){
        .id = kind->name,
        .params = params,
        .kept = kept,
        .result = json_object(),
        .site = &world->site,
        .cancel = &world->cancel,
        .host = &kinds_host,
        .host_data = world,
    };
}

static inline void kinds_run_clear(EffectRun *run) {
    json_decref(run->result);
    g_free(run->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EffectRun, kinds_run_clear)

static inline void kinds_assert_seen(KindsWorld *world, const EffectKind *kind, const json_t *params, Observed expected) {
    g_autoptr(GError) error = NULL;
    g_auto(EffectRun) run = {0};
    kinds_run(world, kind, params, &run);
    Observed seen = kind->inspect(&run, &error);
    g_assert_no_error(error);
    if (seen != expected)
        g_error("%s: %s (%s), not %s", kind->name, observed_name(seen), run.seen, observed_name(expected));
}

/* Applies and returns the result. */
static inline json_t *kinds_apply(KindsWorld *world, const EffectKind *kind, const json_t *params) {
    g_autoptr(GError) error = NULL;
    g_auto(EffectRun) run = {0};
    kinds_run(world, kind, params, &run);
    bool done = kind->apply(&run, &error);
    if (!done)
        g_error("%s: %s: %s", kind->name, error->message, error_get_why(error));
    g_autofree char *line = kind->describe(params);
    g_assert_cmpstr(line, !=, "");
    return json_incref(run.result);
}

static inline void kinds_undo(KindsWorld *world, const EffectKind *kind, const json_t *params) {
    g_autoptr(GError) error = NULL;
    g_auto(EffectRun) run = {0};
    kinds_run(world, kind, params, &run);
    bool done = kind->undo(&run, &error);
    g_assert_no_error(error);
    g_assert_true(done);
}

/* Parameters that no plan of ours has: they are described all the same, and applying them fails with an error. */
static inline void kinds_assert_bears(KindsWorld *world, const EffectKind *kind, const char *text) {
    g_autoptr(json_t) params = jsonx_parse(text, strlen(text), 1024, "test", NULL);
    g_autofree char *line = kind->describe(params);
    g_assert_nonnull(line);
    g_autoptr(GError) error = NULL;
    g_auto(EffectRun) run = {0};
    kinds_run(world, kind, params, &run);
    g_assert_false(kind->apply(&run, &error));
    g_assert_nonnull(error);
}

/* `call` (apply or undo) must fail with this error, and its what and why hold `words`. */
static inline void kinds_assert_refused(KindsWorld *world, const EffectKind *kind, bool (*call)(EffectRun *, GError **), const json_t *params, ErrorCode code,
                                        const char *words) {
    g_autoptr(GError) error = NULL;
    g_auto(EffectRun) run = {0};
    kinds_run(world, kind, params, &run);
    g_assert_false(call(&run, &error));
    g_autofree char *text = error_to_text(error);
    if (!error_is(error, code) || strstr(text, words) == NULL)
        g_error("%s: \"%s\" is not in:\n%s", kind->name, words, text);
}

static inline void kinds_write(const char *folder, const char *name, const char *text) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *above = g_path_get_dirname(path);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_assert_true(fs_make_dirs(above, 0755, NULL));
    g_assert_true(fs_write(path, bytes, 0644, NULL));
}
