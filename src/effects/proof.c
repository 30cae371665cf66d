#include "effects/proof.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/fs.h"
#include "effects/inputs.h"
#include "effects/tool.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PROOF_LIMIT (1u << 20)
#define PROOF_SCHEMA 1

static gint ignored;

void effects_proofs_ignore(void) {
    g_atomic_int_set(&ignored, 1);
}

/* ---- the key ---- */

/* What of the parameters decides whether the gate passes. */
static const char *const deciding[] = {"name", "run", "directory", "env", "reports", "allow_empty", "inputs"};

/* Tracked files that the command names are inputs, whatever the globs say: a script is as good as its text. */
static json_t *named_files(char **words, const char *directory, const char *tree, const char *commit) {
    json_t *files = json_object();
    for (guint i = 0; words[i] != NULL; i++) {
        g_autofree char *relative = directory != NULL ? g_build_filename(directory, words[i], NULL) : g_strdup(words[i]);
        const char *path = g_str_has_prefix(relative, "./") ? relative + 2 : relative;
        g_autofree char *id = effects_inputs_file(tree, commit, path, NULL);
        if (id != NULL)
            json_object_set_new(files, path, jsonx_text(id));
    }
    return files;
}

/* The values of variables that it is given by name. NULL: there are none. */
static json_t *passed_values(const json_t *names) {
    json_t *values = json_array_size(names) > 0 ? json_object() : NULL;
    for (gsize i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const char *value = name != NULL ? g_getenv(name) : NULL;
        if (value != NULL)
            json_object_set_new(values, name, jsonx_text(value));
    }
    return values;
}

char *effects_proof_key(const json_t *params, const char *tree, const char *commit) {
    g_auto(GStrv) words = jsonx_to_strv(json_object_get(params, "run"));
    g_auto(GStrv) globs = jsonx_to_strv(json_object_get(params, "inputs"));
    const char *directory = jsonx_string(params, "directory");
    if (words == NULL || words[0] == NULL)
        return NULL;
    static const char *const none[] = {NULL};
    g_autofree char *cwd = g_build_filename(tree, directory, NULL);
    g_autofree char *inputs = effects_inputs_digest(tree, commit, globs != NULL ? (const char *const *)globs : none, NULL);
    g_autofree char *tool = inputs != NULL ? effects_tool_version((const char *const *)words, cwd, tree, commit) : NULL;
    if (tool == NULL)
        return NULL;
    g_autoptr(json_t) key = json_pack("{s: s, s: s, s: o, s: o}", "slipway", SLIPWAY_VERSION, "digest", inputs, "tool", jsonx_text(tool), "files",
                                      named_files(words, directory, tree, commit));
    json_t *passed = passed_values(json_object_get(params, "env_pass"));
    if (passed != NULL)
        json_object_set_new(key, "passed", passed);
    for (guint i = 0; i < G_N_ELEMENTS(deciding); i++) {
        json_t *value = json_object_get(params, deciding[i]);
        if (value != NULL)
            json_object_set(key, deciding[i], value);
    }
    return jsonx_sha256(key);
}

/* ---- the file ---- */

static char *place_of(const char *state_dir, const char *key, const char *ending) {
    g_autofree char *name = g_strconcat(key, ending, NULL);
    return g_build_filename(state_dir, "proofs", name, NULL);
}

static bool is_proof(const json_t *proof, const char *key) {
    g_autofree char *log = jsonx_get_path(json_object_get(proof, "log"));
    const json_t *result = json_object_get(proof, "result");
    return jsonx_int(proof, "schema", 0) == PROOF_SCHEMA && g_strcmp0(jsonx_string(proof, "key"), key) == 0 && jsonx_int(proof, "at", 0) > 0 &&
           json_is_object(result) && json_object_get(result, "failed") == NULL && jsonx_string(proof, "mark") != NULL && log != NULL && fs_exists(log);
}

json_t *effects_proof_find(const char *state_dir, const char *key) {
    g_autofree char *path = place_of(state_dir, key, ".json");
    if (g_atomic_int_get(&ignored) != 0 || !fs_exists(path))
        return NULL;
    g_autoptr(GBytes) bytes = fs_read(path, PROOF_LIMIT, NULL);
    g_autoptr(json_t) proof = bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), PROOF_LIMIT, path, NULL) : NULL;
    return proof != NULL && is_proof(proof, key) ? g_steal_pointer(&proof) : NULL;
}

/* A second name for the same bytes costs nothing; where that cannot be, a copy. */
static bool keep_file(const char *from, const char *to, GError **error) {
    g_unlink(to);
    return link(from, to) == 0 || fs_copy(from, to, 0600, error);
}

static const char *ending_of(const char *file) {
    const char *dot = strrchr(file, '.');
    return dot != NULL ? dot : "";
}

/* Whole or not at all, but not durable: a proof that is lost costs one run of its gate, to wait for the disk would cost more than many gates take. */
static bool write_proof(const char *path, const char *text, GError **error) {
    g_autofree char *temporary = g_strconcat(path, ".new", NULL);
    GError *problem = NULL;
    if (g_file_set_contents_full(temporary, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &problem) && g_rename(temporary, path) == 0)
        return true;
    error_set(error, ERROR_IO, "cannot write %s", path);
    error_why(error, "%s", problem != NULL ? problem->message : g_strerror(errno));
    g_clear_error(&problem);
    g_unlink(temporary);
    return false;
}

bool effects_proof_record(const EffectSite *site, const char *key, const json_t *result, const char *const *files, GError **error) {
    g_autofree char *folder = g_build_filename(site->state_dir, "proofs", NULL);
    g_autofree char *path = place_of(site->state_dir, key, ".json");
    g_autofree char *log = place_of(site->state_dir, key, ending_of(files[0]));
    if (!fs_make_dirs(folder, 0700, error))
        return false;
    for (guint i = 0; files[i] != NULL; i++) {
        g_autofree char *to = place_of(site->state_dir, key, ending_of(files[i]));
        if (fs_exists(files[i]) && !keep_file(files[i], to, error))
            return false;
    }
    g_autoptr(json_t) proof = json_pack("{s: i, s: s, s: I, s: s, s: o, s: O}", "schema", PROOF_SCHEMA, "key", key, "at", (json_int_t)clock_now(), "mark",
                                        site->mark, "log", jsonx_path(log), "result", result);
    g_autofree char *text = jsonx_pretty(proof);
    return write_proof(path, text, error);
}

char *effects_proof_text(const json_t *proof) {
    g_autofree char *at = clock_timestamp(jsonx_int(proof, "at", 0));
    g_autofree char *log = jsonx_get_path(json_object_get(proof, "log"));
    return g_strdup_printf("proven at %s, log %s", at, log);
}
