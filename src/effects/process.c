#include "base/fs.h"
#include "base/text.h"
#include "effects/artifact.h"
#include "effects/child.h"
#include "effects/gate_verdict.h"
#include "effects/proof.h"
#include "git/watch.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_LIMIT 100

/* A gate while it runs. */
typedef struct {
    EffectRun *run;
    const char *name, *log_name, *commit;
    char *tree, *cwd, *log; /* absolute */
    char *own;              /* the report that {report} in its words stands for; NULL: none */
    char *kept;             /* where its tests are kept */
    char **words, **globs;
    bool release, required, allow_empty;
    guint tries, made; /* how often it may run, and did */
    GitWatcher *watcher;
    GateEmpty empty;
    GateTests *tests; /* of the last try; NULL: none */
    double seconds;
    int exit_status;
} Gate;

static void gate_clear(Gate *gate) {
    g_clear_pointer(&gate->watcher, git_watch_end);
    g_clear_pointer(&gate->tests, gate_tests_free);
    g_strfreev(gate->words);
    g_strfreev(gate->globs);
    char *texts[] = {gate->tree, gate->cwd, gate->log, gate->own, gate->kept};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Gate, gate_clear)

/* ---- from parameters ---- */

static char *where_of(EffectRun *run, GError **error) {
    const char *where = jsonx_string(run->params, "where");
    return g_strcmp0(where, "tree") == 0 ? g_strdup(run->site->tree) : effects_path(run, "where", error);
}

/* The folder it runs in: below the tree, also by the links on its way. */
static char *folder_of(EffectRun *run, const char *tree, GError **error) {
    const char *directory = jsonx_string(run->params, "directory");
    if (directory == NULL || *directory == '\0')
        return g_strdup(tree);
    bool named = beneath_refuses(directory) == NULL;
    g_autofree char *folder = g_build_filename(tree, directory, NULL);
    char *real = named ? realpath(folder, NULL) : NULL;
    char *top = realpath(tree, NULL);
    gsize length = top != NULL ? strlen(top) : 0;
    bool below = real != NULL && top != NULL && strncmp(real, top, length) == 0 && (real[length] == '/' || real[length] == '\0');
    bool there = below && g_file_test(real, G_FILE_TEST_IS_DIR);
    free(real);
    free(top);
    if (there)
        return g_steal_pointer(&folder);
    error_set(error, ERROR_GATE_FAILED, "gate %s failed: its working-directory %s is not a folder of the tree", jsonx_string(run->params, "name"), directory);
    error_state(error, "nothing was changed");
    error_fix(error, "correct gates.*.working-directory in slipway.yaml");
    return NULL;
}

static void put_report(Gate *gate) {
    for (guint i = 0; gate->words[i] != NULL; i++) {
        if (strstr(gate->words[i], "{report}") == NULL)
            continue;
        g_autoptr(GString) word = g_string_new(gate->words[i]);
        if (gate->own == NULL)
            gate->own = g_strconcat(gate->log, ".xml", NULL);
        g_string_replace(word, "{report}", gate->own, 0);
        g_free(gate->words[i]);
        gate->words[i] = g_strdup(word->str);
    }
}

static bool gate_open(Gate *gate, EffectRun *run, GError **error) {
    gate->run = run;
    gate->name = effects_text(run, "name", error);
    gate->log_name = gate->name != NULL ? effects_text(run, "log", error) : NULL;
    gate->log = gate->log_name != NULL ? effects_log_path(run, gate->log_name, error) : NULL;
    gate->tree = gate->log != NULL ? where_of(run, error) : NULL;
    gate->cwd = gate->tree != NULL ? folder_of(run, gate->tree, error) : NULL;
    if (gate->cwd == NULL)
        return false;
    gate->words = jsonx_to_strv(json_object_get(run->params, "run"));
    gate->globs = jsonx_to_strv(json_object_get(run->params, "reports"));
    if (gate->globs == NULL)
        gate->globs = g_new0(char *, 1);
    if (gate->words == NULL || gate->words[0] == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the gate %s has no command", gate->name);
    gate->commit = jsonx_string(run->params, "commit");
    gate->required = jsonx_bool(run->params, "required", true);
    gate->allow_empty = jsonx_bool(run->params, "allow_empty", false);
    gate->release = gate->commit != NULL;
    gate->tries = (guint)CLAMP(jsonx_int(run->params, "retries", 0) + 1, 1, TRIES_LIMIT);
    gate->kept = g_strconcat(gate->log, ".tests", NULL);
    put_report(gate);
    return true;
}

/* ---- the tree is what was planned, before and after ---- */

static void say_change(const Gate *gate, const GitChange *change, const char *when, GError **error) {
    g_autofree char *others = git_watch_others(gate->watcher);
    g_autofree char *why = text_escape(change->why, -1, true);
    g_autofree char *also = others != NULL ? g_strdup_printf("\nat the same time ran: %s; any of them may have done it", others) : NULL;
    error_set(error, ERROR_TREE_CHANGED, "%s %s the gate %s", change->what, when, gate->name);
    error_why(error, "%s%s", g_strchomp(why), also != NULL ? also : "");
    if (g_str_has_prefix(change->what, "the work tree"))
        error_fix(error, "slipway resume, after `git switch` to the release branch");
}

/* A folder that is no work tree of git has no tracked files to leave alone. */
static bool begin_watch(Gate *gate, GError **error) {
    if (gate->watcher != NULL)
        return true;
    GError *problem = NULL;
    GitWatch *watch = git_watch(gate->tree, gate->commit, &problem);
    if (watch == NULL && gate->commit == NULL && error_is(problem, ERROR_NO_REPOSITORY)) {
        g_clear_error(&problem);
        return true;
    }
    if (watch == NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    gate->watcher = git_watch_begin(watch, gate->name);
    return true;
}

/* The first gate of this process after which the tree was another. */
static GMutex culprit_lock;
static char *culprit;

static void note_culprit(const Gate *gate) {
    g_mutex_lock(&culprit_lock);
    culprit = culprit != NULL ? culprit : g_strdup(gate->name);
    g_mutex_unlock(&culprit_lock);
}

/* One diff is enough: the gates behind it are not run, and say only that. */
static bool say_not_run(const Gate *gate, GError **error) {
    g_mutex_lock(&culprit_lock);
    g_autofree char *first = g_strdup(culprit);
    g_mutex_unlock(&culprit_lock);
    if (first == NULL || g_str_equal(first, gate->name))
        return false;
    error_set(error, ERROR_TREE_CHANGED, "gate %s was not run: tracked files were changed before, by the gate %s or one beside it", gate->name, first);
    error_why(error, "what was changed stands at the gate %s", first);
    return true;
}

static bool look_at_tree(Gate *gate, const char *when, GError **error) {
    g_auto(GitChange) change = {0};
    if (!begin_watch(gate, error) || (gate->watcher != NULL && !git_watch_look(gate->watcher, &change, error)))
        return false;
    bool before = g_str_equal(when, "before");
    if (change.what != NULL && (!before || !say_not_run(gate, error)))
        say_change(gate, &change, when, error);
    if (change.what != NULL && !before)
        note_culprit(gate);
    return change.what == NULL;
}

/* ---- trying ---- */

static void on_line(const char *line, void *data) {
    Gate *gate = data;
    gate_empty_line(&gate->empty, line);
}

/* The log of a try that failed stays beside the one of the last: NAME.try1.log. */
static void put_log_aside(const Gate *gate) {
    g_autofree char *stem = g_str_has_suffix(gate->log, ".log") ? g_strndup(gate->log, strlen(gate->log) - 4) : g_strdup(gate->log);
    g_autofree char *aside = g_strdup_printf("%s.try%u.log", stem, gate->made);
    if (g_rename(gate->log, aside) != 0)
        effect_line(gate->run, "the log of the try that failed could not be kept");
}

static bool try_once(Gate *gate, GError **error) {
    EffectsChild child = {
        .words = (const char *const *)gate->words,
        .cwd = gate->cwd,
        .env = json_object_get(gate->run->params, "env"),
        .pass = json_object_get(gate->run->params, "env_pass"),
        .log = gate->log_name,
        .timeout_seconds = jsonx_int(gate->run->params, "timeout", 0),
        .line = on_line,
        .data = gate,
    };
    gate->empty = (GateEmpty){.rows = gate_empty_rows(child.words)};
    g_clear_pointer(&gate->tests, gate_tests_free);
    if (gate->own != NULL)
        g_unlink(gate->own);
    GateVerdict verdict = {
        .name = gate->name,
        .log = gate->log,
        .reports = {.tree = gate->tree, .folder = gate->cwd, .globs = (const char *const *)gate->globs, .own = gate->own, .keep = gate->kept},
        .empty = &gate->empty,
        .allow_empty = gate->allow_empty,
        .of_release = gate->release,
    };
    verdict.reports.since = effects_reports_now();
    g_auto(ProcessResult) result = {0};
    if (!effects_run_child(gate->run, &child, &result, error))
        return false;
    gate->seconds = result.seconds;
    gate->exit_status = result.exit_status;
    verdict.result = &result;
    bool passed = effects_gate_verdict(&verdict, error);
    gate->tests = verdict.tests;
    return passed;
}

static bool try_all(Gate *gate, GError **error) {
    for (;;) {
        GError *problem = NULL;
        gate->made++;
        if (try_once(gate, &problem))
            return true;
        bool again = error_is(problem, ERROR_GATE_FAILED) && gate->made < gate->tries && look_at_tree(gate, "by", NULL);
        if (!again) {
            g_propagate_error(error, problem);
            return false;
        }
        g_autofree char *line = g_strdup_printf("try %u of %u failed: %s", gate->made, gate->tries, problem->message);
        effect_line(gate->run, line);
        g_clear_error(&problem);
        put_log_aside(gate);
    }
}

/* ---- what came of it ---- */

static json_t *tries_json(const Gate *gate) {
    return json_pack("{s: i, s: i}", "made", (int)gate->made, "allowed", (int)gate->tries);
}

static void put_result(Gate *gate, const GError *failure) {
    json_t *result = gate->run->result;
    json_object_set_new(result, "seconds", json_real(gate->seconds));
    json_object_set_new(result, "log", jsonx_path(gate->log));
    json_object_set_new(result, "exit", json_integer(gate->exit_status));
    if (gate->tests != NULL)
        json_object_set_new(result, "tests", gate_tests_to_json(gate->tests));
    if (gate->made > 1)
        json_object_set_new(result, "tries", tries_json(gate));
    if (failure != NULL)
        json_object_set_new(result, "failed", error_to_json(failure));
}

/* What a person must not miss, from a result, be it new or an old one. NULL: nothing. */
static char *note_of(const json_t *result, const char *first) {
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    const json_t *tests = json_object_get(result, "tests");
    const json_t *tries = json_object_get(result, "tries");
    gint64 flaky = jsonx_int(tests, "flaky", 0);
    gint64 skipped = jsonx_int(tests, "skipped", 0);
    if (first != NULL)
        g_ptr_array_add(parts, g_strdup(first));
    if (tests != NULL)
        g_ptr_array_add(parts, g_strdup_printf("%" G_GINT64_FORMAT " %s", jsonx_int(tests, "tests", 0), jsonx_int(tests, "tests", 0) == 1 ? "test" : "tests"));
    if (skipped > 0)
        g_ptr_array_add(parts, g_strdup_printf("%" G_GINT64_FORMAT " skipped", skipped));
    if (flaky > 0)
        g_ptr_array_add(parts, g_strdup_printf("%" G_GINT64_FORMAT " passed only when run again", flaky));
    if (tries != NULL && json_object_get(result, "failed") == NULL)
        g_ptr_array_add(
            parts, g_strdup_printf("passed on try %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, jsonx_int(tries, "made", 0), jsonx_int(tries, "allowed", 0)));
    g_ptr_array_add(parts, NULL);
    return parts->len > 1 ? g_strjoinv(", ", (char **)parts->pdata) : NULL;
}

static void say_note(Gate *gate, const char *first) {
    g_autofree char *note = note_of(gate->run->result, first);
    if (note != NULL)
        effect_note(gate->run, "%s", note);
}

/* A failure is recorded with the tests that it is of. */
static bool keep_failure(Gate *gate) {
    if (gate->tests == NULL && gate->made <= 1)
        return true;
    json_t *value = gate->tests != NULL ? gate_tests_to_json(gate->tests) : json_object();
    if (gate->made > 1)
        json_object_set_new(value, "tries", tries_json(gate));
    return effect_keep(gate->run, "tests", value, NULL);
}

static bool end_badly(Gate *gate, GError *failure, GError **error) {
    GError *changed = NULL;
    if (!error_is(failure, ERROR_GATE_FAILED)) {
        g_propagate_error(error, failure);
        return false;
    }
    keep_failure(gate);
    look_at_tree(gate, "by", &changed);
    if (changed != NULL && error_is(changed, ERROR_TREE_CHANGED)) {
        g_autofree char *why = g_strdup(error_get_why(failure));
        error_why(&failure, "%s\nand %s:\n%s", why, changed->message, error_get_why(changed));
    } else if (changed == NULL && !gate->required) {
        put_result(gate, failure);
        g_autofree char *first = g_strdup_printf("warning: %s; it is not required", failure->message);
        say_note(gate, first);
        g_clear_error(&failure);
        return true;
    }
    g_clear_error(&changed);
    g_propagate_error(error, failure);
    return false;
}

/* ---- proofs ---- */

/* What this very run proved before it was cut off is its own result; what another one did is said to be so. */
static bool is_proven(Gate *gate, const char *key) {
    g_autoptr(json_t) proof = key != NULL ? effects_proof_find(gate->run->site->state_dir, key) : NULL;
    if (proof == NULL)
        return false;
    bool own = g_strcmp0(jsonx_string(proof, "mark"), gate->run->site->mark) == 0;
    json_object_update(gate->run->result, json_object_get(proof, "result"));
    g_autofree char *text = effects_proof_text(proof);
    if (!own) {
        json_object_set(gate->run->result, "log", json_object_get(proof, "log"));
        json_object_set_new(gate->run->result, "proven", json_integer(jsonx_int(proof, "at", 0)));
    }
    say_note(gate, own ? "it passed before this run was cut off" : text);
    return true;
}

/* A gate that passed has passed, also where that cannot be kept for the next time. */
static void record_proof(const Gate *gate, const char *key) {
    const char *files[] = {gate->log, gate->tests != NULL ? gate->kept : NULL, NULL};
    g_autoptr(GError) problem = NULL;
    if (key != NULL && !effects_proof_record(gate->run->site, key, gate->run->result, files, &problem))
        effect_line(gate->run, problem->message);
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Gate) gate = {0};
    if (!gate_open(&gate, run, error) || !look_at_tree(&gate, "before", error))
        return false;
    bool cached = jsonx_bool(run->params, "cache", false);
    g_autofree char *key = cached ? effects_proof_key(run->params, gate.tree, gate.commit) : NULL;
    if (is_proven(&gate, key))
        return true;
    GError *failure = NULL;
    if (!try_all(&gate, &failure))
        return end_badly(&gate, failure, error);
    if (!look_at_tree(&gate, "by", error))
        return false;
    put_result(&gate, NULL);
    record_proof(&gate, key);
    say_note(&gate, NULL);
    return true;
}

/* ---- for people ---- */

static void add_list(GString *out, const json_t *params, const char *key, const char *word) {
    g_auto(GStrv) list = jsonx_to_strv(json_object_get(params, key));
    g_autofree char *joined = list != NULL && list[0] != NULL ? g_strjoinv(" ", list) : NULL;
    if (joined != NULL)
        g_string_append_printf(out, ", %s %s", word, joined);
}

static char *conditions(const json_t *params) {
    GString *out = g_string_new(NULL);
    gint64 timeout = jsonx_int(params, "timeout", 0);
    gint64 retries = jsonx_int(params, "retries", 0);
    g_autofree char *duration = timeout > 0 ? text_duration((double)timeout) : NULL;
    g_string_append_printf(out, "%s%s", duration != NULL ? "at most " : "no time limit", duration != NULL ? duration : "");
    if (retries > 0)
        g_string_append_printf(out, ", up to %" G_GINT64_FORMAT " tries", retries + 1);
    add_list(out, params, "inputs", "inputs");
    add_list(out, params, "reports", "reports");
    add_list(out, params, "env_pass", "given of your environment:");
    if (jsonx_bool(params, "allow_empty", false))
        g_string_append(out, ", may run no test");
    if (!jsonx_bool(params, "required", true))
        g_string_append(out, ", not required");
    return g_string_free(out, FALSE);
}

static char *describe(const json_t *params) {
    g_autofree char *name = effects_shown_member(params, "name");
    g_autofree char *words = effects_shown_words(json_object_get(params, "run"));
    g_autofree char *where = effects_shown_member(params, "where");
    const char *directory = jsonx_string(params, "directory");
    const char *in = strcmp(where, "tree") == 0 ? "the work tree" : where;
    g_autofree char *limits = conditions(params);
    return g_strdup_printf("run the gate %s in %s%s%s: %s (%s)", name, in, directory != NULL ? "/" : "", directory != NULL ? directory : "", words, limits);
}

const EffectKind effect_kind_process = {
    .name = "process",
    .doc = "runs a gate: a program that must end with exit status 0 and leave tracked files alone",
    .describe = describe,
    .shown = "name run where directory timeout retries inputs reports env_pass allow_empty required",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "what it leaves beside tracked files stays; what of that git does not ignore is named",
    .volatile_outcome = true,
};
