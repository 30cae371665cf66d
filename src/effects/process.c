#include "base/text.h"
#include "effects/artifact.h"
#include "effects/child.h"
#include "git/git.h"

#include <string.h>

#define TAIL_LINES 20
#define DIFF_BYTES 4000

static char *where_of(EffectRun *run, GError **error) {
    const char *where = jsonx_string(run->params, "where");
    return g_strcmp0(where, "tree") == 0 ? g_strdup(run->site->tree) : effects_path(run, "where", error);
}

/* ---- the tree is what was planned, before and after ---- */

static void say_dirt(GError **error, GPtrArray *dirt, const char *diff) {
    g_autofree char *names = g_strjoinv("\n", (char **)dirt->pdata);
    g_autofree char *cut = g_strndup(diff != NULL ? diff : "", DIFF_BYTES);
    g_autofree char *shown = text_escape(cut, -1, true);
    error_why(error, "%s%s%s", names, *shown != '\0' ? "\n" : "", shown);
}

static bool check_clean(const Git *git, const char *name, const char *when, GError **error) {
    g_autoptr(GPtrArray) dirt = git_dirt(git, false, 20, error);
    if (dirt == NULL)
        return false;
    if (dirt->len == 0)
        return true;
    g_autofree char *diff = git_read(git, NULL, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD", "--", NULL);
    g_ptr_array_add(dirt, NULL);
    error_set(error, ERROR_TREE_CHANGED, "tracked files were changed %s the gate %s", when, name);
    say_dirt(error, dirt, diff);
    return false;
}

static bool check_commit(const Git *git, const char *commit, const char *name, const char *when, GError **error) {
    g_autofree char *is = git_peel(git, "HEAD", "tree", error);
    g_autofree char *planned = is != NULL ? git_peel(git, commit, "tree", error) : NULL;
    if (planned == NULL && error != NULL && *error == NULL)
        return error_set(error, ERROR_TREE_CHANGED, "%s cannot be found %s the gate %s", is != NULL ? commit : "HEAD", when, name);
    if (planned == NULL)
        return false;
    if (strcmp(is, planned) == 0)
        return true;
    error_set(error, ERROR_TREE_CHANGED, "the work tree is not the candidate %s the gate %s", when, name);
    error_why(error, "HEAD has the tree %.12s, the candidate %.12s has %.12s", is, commit, planned);
    error_fix(error, "slipway resume, after `git switch` to the release branch");
    return false;
}

static bool check_tree(EffectRun *run, const char *where, const char *when, GError **error) {
    const char *commit = jsonx_string(run->params, "commit");
    const char *name = jsonx_string(run->params, "name");
    if (commit == NULL)
        return true;
    g_autoptr(Git) git = git_open(where, error);
    if (git == NULL)
        return false;
    git->cancel = run->cancel;
    git->mark = run->site->mark;
    return check_commit(git, commit, name, when, error) && check_clean(git, name, when, error);
}

/* ---- the gate ---- */

static bool judge(EffectRun *run, const char *name, const ProcessResult *result, const char *log, GError **error) {
    json_object_set_new(run->result, "seconds", json_real(result->seconds));
    json_object_set_new(run->result, "log", jsonx_path(log));
    json_object_set_new(run->result, "exit", json_integer(result->exit_status));
    if (process_ok(result))
        return true;
    g_autofree char *end = process_describe_end(result);
    g_autofree char *tail = effects_output_tail(result, log, TAIL_LINES);
    error_set(error, ERROR_GATE_FAILED, "gate %s failed: %s", name, end);
    error_why(error, "%s", *tail != '\0' ? tail : "it said nothing");
    error_fix(error, "read %s, then: slipway abort, correct what it names, commit, release again", log);
    return false;
}

static bool apply(EffectRun *run, GError **error) {
    const char *name = effects_text(run, "name", error);
    const char *log_name = name != NULL ? effects_text(run, "log", error) : NULL;
    g_autofree char *log = log_name != NULL ? effects_log_path(run, log_name, error) : NULL;
    g_autofree char *where = log != NULL ? where_of(run, error) : NULL;
    g_auto(GStrv) words = jsonx_to_strv(json_object_get(run->params, "run"));
    if (where == NULL)
        return false;
    if (words[0] == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the gate %s has no command", name);
    if (!check_tree(run, where, "before", error))
        return false;
    EffectsChild child = {
        .words = (const char *const *)words,
        .cwd = where,
        .env = json_object_get(run->params, "env"),
        .log = log_name,
        .timeout_seconds = jsonx_int(run->params, "timeout", 0),
    };
    g_auto(ProcessResult) result = {0};
    if (!effects_run_child(run, &child, &result, error))
        return false;
    return judge(run, name, &result, log, error) && check_tree(run, where, "by", error);
}

static char *at_most(gint64 seconds) {
    g_autofree char *duration = text_duration((double)seconds);
    return g_strconcat("at most ", duration, NULL);
}

static char *describe(const json_t *params) {
    g_autofree char *name = effects_shown_member(params, "name");
    g_autofree char *words = effects_shown_words(json_object_get(params, "run"));
    g_autofree char *where = effects_shown_member(params, "where");
    const char *in = strcmp(where, "tree") == 0 ? "the work tree" : where;
    gint64 timeout = jsonx_int(params, "timeout", 0);
    g_autofree char *limit = timeout > 0 ? at_most(timeout) : g_strdup("no time limit");
    return g_strdup_printf("run the gate %s in %s: %s (%s)", name, in, words, limit);
}

const EffectKind effect_kind_process = {
    .name = "process",
    .doc = "runs a gate: a program that must end with exit status 0 and leave tracked files alone",
    .describe = describe,
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
