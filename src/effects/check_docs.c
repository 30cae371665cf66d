#include "base/fs.h"
#include "base/glob.h"
#include "base/text.h"
#include "docs/mentions.h"
#include "docs/todo.h"
#include "docs/versions.h"
#include "docs/web.h"
#include "effects/artifact.h"
#include "effects/child.h"
#include "git/watch.h"

#include <string.h>

/* What a screen shows of many findings, and what the journal keeps. */
#define SHOWN 20
#define KEPT 500

typedef struct {
    EffectRun *run;
    const char *name, *check;
    char *log;
    GPtrArray *files;    /* of char*: all that is tracked */
    GPtrArray *findings; /* of DocsFinding* */
    GString *said;       /* what was looked at, for the note */
} Check;

static void check_clear(Check *check) {
    g_free(check->log);
    g_clear_pointer(&check->files, g_ptr_array_unref);
    g_clear_pointer(&check->findings, g_ptr_array_unref);
    if (check->said != NULL)
        g_string_free(check->said, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Check, check_clear)

/* ---- from parameters ---- */

static char **words_of(const EffectRun *run, const char *key) {
    char **words = jsonx_to_strv(json_object_get(run->params, key));
    return words != NULL ? words : g_new0(char *, 1);
}

static bool of_params(const Check *check, const char *key, bool fallback) {
    return jsonx_bool(check->run->params, key, fallback);
}

/* Tracked files among `in`, without those of `ignore` and `but`. Borrowed strings. */
static GPtrArray *choose(const Check *check, const char *in, const char *but) {
    g_auto(GStrv) wanted = words_of(check->run, in);
    g_auto(GStrv) ignore = words_of(check->run, "ignore");
    g_auto(GStrv) left_out = words_of(check->run, but);
    GPtrArray *chosen = g_ptr_array_new();
    for (guint i = 0; i < check->files->len; i++) {
        char *path = g_ptr_array_index(check->files, i);
        bool among = glob_match_any((const char *const *)wanted, path) && !glob_match_any((const char *const *)ignore, path);
        if (among && !glob_match_any((const char *const *)left_out, path))
            g_ptr_array_add(chosen, path);
    }
    return chosen;
}

/* ---- the checks ---- */

static bool check_todo(Check *check, GError **error) {
    const char *baseline = jsonx_string(check->run->params, "baseline");
    g_autoptr(GPtrArray) files = choose(check, "paths", "baseline");
    g_auto(GStrv) words = words_of(check->run, "words");
    DocsTodo todo = {.root = check->run->site->tree, .files = files, .words = (const char *const *)words, .cancel = check->run->cancel};
    todo.baseline = baseline != NULL ? baseline : "";
    todo.update = of_params(check, "update", false);
    g_auto(DocsTodoResult) result = {0};
    if (!docs_todo(&todo, &result, error))
        return false;
    check->findings = g_ptr_array_ref(result.findings);
    g_string_append_printf(check->said, "%u %s", result.files, result.files == 1 ? "file" : "files");
    if (todo.update)
        g_string_append_printf(check->said, ", %u %s written to %s", result.known, result.known == 1 ? "line" : "lines", todo.baseline);
    else if (result.known > 0)
        g_string_append_printf(check->said, ", %u known from %s", result.known, todo.baseline);
    if (result.gone > 0)
        g_string_append_printf(check->said, ", %u of %s no more there (--update-baseline)", result.gone, todo.baseline);
    return true;
}

static void told(const char *line, void *data) {
    effect_line(data, line);
}

static void say_count(Check *check, guint count, const char *one, const char *many) {
    if (count > 0)
        g_string_append_printf(check->said, ", %u %s", count, count == 1 ? one : many);
}

static bool check_web(Check *check, const GPtrArray *addresses, GError **error) {
    EffectRun *run = check->run;
    g_auto(GStrv) allow = words_of(run, "allow");
    g_auto(GStrv) deny = words_of(run, "deny");
    g_auto(GStrv) local = words_of(run, "local");
    g_autofree char *cache = g_build_filename(run->site->state_dir, "cache", "links.json", NULL);
    DocsWeb web = {
        .addresses = addresses,
        .cache = cache,
        .cache_seconds = jsonx_int(run->params, "cache_days", 0) * 24 * 60 * 60,
        .now = run->site->now,
        .seconds = (guint)CLAMP(jsonx_int(run->params, "seconds", 20), 1, 600),
        .budget_seconds = (guint)CLAMP(jsonx_int(run->params, "timeout", 1800), 1, 86400),
        .allow = (const char *const *)allow,
        .deny = (const char *const *)deny,
        .local = (const char *const *)local,
        .offline = of_params(check, "offline", false),
        .cancel = run->cancel,
        .told = told,
        .data = run,
    };
    g_auto(DocsWebResult) result = {0};
    if (!docs_web(&web, &result, error))
        return false;
    for (guint i = 0; i < result.findings->len; i++)
        docs_findings_add(check->findings, g_ptr_array_index(result.findings, i));
    say_count(check, result.fine, "address answered", "addresses answered");
    say_count(check, result.cached, "answered lately", "answered lately");
    say_count(check, result.broken, "broken", "broken");
    say_count(check, result.unknown, "UNKNOWN", "UNKNOWN");
    say_count(check, result.denied, "left out by docs.links.allow or deny", "left out by docs.links.allow or deny");
    say_count(check, result.unchecked, "address not checked", "addresses not checked");
    return true;
}

static bool check_links(Check *check, GError **error) {
    g_auto(GStrv) ignore = words_of(check->run, "ignore");
    DocsLinks links = {.root = check->run->site->tree, .files = check->files, .ignore = (const char *const *)ignore, .cancel = check->run->cancel};
    g_auto(DocsLinksResult) result = {0};
    if (!docs_links(&links, &result, error))
        return false;
    check->findings = g_ptr_array_ref(result.findings);
    g_string_append_printf(check->said, "%u %s in %u %s", result.links, result.links == 1 ? "link" : "links", result.pages,
                           result.pages == 1 ? "page" : "pages");
    say_count(check, result.passed, "passed over", "passed over");
    return check_web(check, result.addresses, error);
}

static bool check_versions(Check *check, GError **error) {
    g_autoptr(GPtrArray) named = choose(check, "paths", "allow");
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    g_auto(GStrv) names = words_of(check->run, "names");
    const char *version = effects_text(check->run, "version", error);
    for (guint i = 0; i < named->len; i++) {
        const char *path = g_ptr_array_index(named, i);
        if (docs_mentions_is_doc(path) || docs_is_markdown(path))
            g_ptr_array_add(files, (gpointer)path);
    }
    if (version == NULL)
        return false;
    DocsVersions versions = {.root = check->run->site->tree, .files = files, .names = (const char *const *)names, .version = version};
    versions.cancel = check->run->cancel;
    check->findings = docs_versions(&versions, error);
    g_string_append_printf(check->said, "%u %s against %s", files->len, files->len == 1 ? "file" : "files", version);
    return check->findings != NULL;
}

static const struct {
    const char *name;
    const char *does;
    const char *fix;
    bool (*check)(Check *check, GError **error);
} checks[] = {
    {"docs.todo", "no unfinished words in docs", "finish them; or take them as known: slipway gates run docs.todo --update-baseline", check_todo},
    {"docs.links", "links, anchors, images and references of all Markdown",
     "correct the links; or name files under docs.ignore, addresses under docs.links.deny in slipway.yaml", check_links},
    {"docs.versions", "no older version of this project in docs", "correct them; or name files that may hold them under docs.versions.allow in slipway.yaml",
     check_versions},
};

static gint index_of(const char *name) {
    for (guint i = 0; name != NULL && i < G_N_ELEMENTS(checks); i++) {
        if (g_str_equal(checks[i].name, name))
            return (gint)i;
    }
    return -1;
}

/* ---- what came of it ---- */

static char *line_of(const DocsFinding *finding) {
    g_autofree char *raw =
        finding->line > 0 ? g_strdup_printf("%s:%u:%u: %s%s", finding->path, finding->line, finding->column, finding->warning ? "warning: " : "", finding->what)
                          : g_strdup_printf("%s: %s%s", finding->path, finding->warning ? "warning: " : "", finding->what);
    return text_escape(raw, -1, false);
}

static bool write_log(const Check *check, GError **error) {
    g_autofree char *folder = g_path_get_dirname(check->log);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < check->findings->len; i++) {
        g_autofree char *line = line_of(g_ptr_array_index(check->findings, i));
        g_string_append_printf(text, "%s\n", line);
    }
    g_string_append_printf(text, "%s: %s\n", check->name, check->said->str);
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    return fs_make_dirs(folder, 0777, error) && fs_write(check->log, bytes, 0644, error);
}

/* The first of those that count, for people. */
static char *first_lines(const Check *check) {
    GString *text = g_string_new(NULL);
    guint count = 0, errors = docs_findings_errors(check->findings);
    for (guint i = 0; i < check->findings->len && count < SHOWN; i++) {
        const DocsFinding *finding = g_ptr_array_index(check->findings, i);
        if (finding->warning)
            continue;
        g_autofree char *line = line_of(finding);
        g_string_append_printf(text, "%s%s", count++ > 0 ? "\n" : "", line);
    }
    if (errors > count)
        g_string_append_printf(text, "\nand %u more, see the log", errors - count);
    return g_string_free(text, FALSE);
}

static GError *failure_of(const Check *check, const char *fix) {
    GError *failure = NULL;
    guint errors = docs_findings_errors(check->findings);
    g_autofree char *lines = first_lines(check);
    bool release = jsonx_string(check->run->params, "commit") != NULL;
    error_set(&failure, ERROR_GATE_FAILED, "gate %s failed: %u %s", check->name, errors, errors == 1 ? "finding" : "findings");
    error_why(&failure, "%s\nlooked at: %s", lines, check->said->str);
    if (release)
        error_fix(&failure, "slipway abort; %s; commit, release again", fix);
    else
        error_fix(&failure, "%s", fix);
    return failure;
}

static bool conclude(Check *check, const char *fix, GError **error) {
    EffectRun *run = check->run;
    guint errors = docs_findings_errors(check->findings), warnings = check->findings->len - errors;
    if (!write_log(check, error))
        return false;
    if (check->findings->len > 0 && !effect_keep(run, "findings", docs_findings_json(check->findings, KEPT), error))
        return false;
    json_object_set_new(run->result, "log", jsonx_path(check->log));
    json_object_set_new(run->result, "errors", json_integer(errors));
    json_object_set_new(run->result, "warnings", json_integer(warnings));
    json_object_set_new(run->result, "looked_at", jsonx_text(check->said->str));
    say_count(check, warnings, "warning", "warnings");
    g_autoptr(GError) failure = errors > 0 ? failure_of(check, fix) : NULL;
    if (failure != NULL && of_params(check, "required", true)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (check->findings->len > 0)
        json_object_set_new(run->result, "findings", docs_findings_json(check->findings, KEPT));
    if (failure != NULL) {
        json_object_set_new(run->result, "failed", error_to_json(failure));
        effect_note(run, "warning: %s; it is not required; %s", failure->message, check->said->str);
    } else {
        effect_note(run, "%s", check->said->str);
    }
    return true;
}

static bool check_tree(const Check *check, Git **git, GError **error) {
    const char *commit = jsonx_string(check->run->params, "commit");
    g_auto(GitChange) change = {0};
    *git = git_open(check->run->site->tree, error);
    if (*git == NULL)
        return false;
    (*git)->cancel = check->run->cancel;
    (*git)->mark = check->run->site->own;
    if (commit == NULL)
        return true;
    GitWatch *watch = git_watch(check->run->site->tree, commit, error);
    g_autoptr(GitWatcher) watcher = watch != NULL ? git_watch_begin(watch, check->name) : NULL;
    if (watcher == NULL || !git_watch_look(watcher, &change, error))
        return false;
    if (change.what == NULL)
        return true;
    error_set(error, ERROR_TREE_CHANGED, "%s before the gate %s", change.what, check->name);
    error_why(error, "%s", change.why);
    return false;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Check) check = {.run = run, .said = g_string_new(NULL)};
    g_autoptr(Git) git = NULL;
    check.name = effects_text(run, "name", error);
    check.check = check.name != NULL ? effects_text(run, "check", error) : NULL;
    const char *log = check.check != NULL ? effects_text(run, "log", error) : NULL;
    check.log = log != NULL ? effects_log_path(run, log, error) : NULL;
    gint index = index_of(check.check);
    if (check.log == NULL)
        return false;
    if (index < 0)
        return error_set(error, ERROR_PLAN_BROKEN, "there is no check '%s'", check.check);
    if (!check_tree(&check, &git, error))
        return false;
    check.files = git_files(git, error);
    return check.files != NULL && checks[index].check(&check, error) && conclude(&check, checks[index].fix, error);
}

static char *describe(const json_t *params) {
    g_autofree char *name = effects_shown_member(params, "name");
    gint index = index_of(jsonx_string(params, "check"));
    const char *does = index >= 0 ? checks[index].does : "a check that is not known";
    bool web = index >= 0 && checks[index].check == check_links;
    const char *reach = !web ? "" : jsonx_bool(params, "offline", false) ? "; nothing of the web" : "; addresses of the web";
    return g_strdup_printf("check docs by the gate %s: %s%s%s", name, does, reach, jsonx_bool(params, "required", true) ? "" : " (not required)");
}

const EffectKind effect_kind_check_docs = {
    .name = "check-docs",
    .doc = "checks docs: unfinished words, links, older versions",
    .describe = describe,
    .shown = "name check required",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
