#include "effects/make.h"

#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "effects/child.h"
#include "git/git.h"
#include "package/names.h"
#include "package/package.h"
#include "package/repack.h"

#include <string.h>

#define TAIL_LINES 20
/* Zip files, and so wheels, know no time before 1980. */
#define EARLIEST G_GINT64_CONSTANT(315532800)
#define MASK 022

/* ---- where ---- */

Beneath *effects_out_folder(EffectRun *run, GError **error) {
    return effects_place_of_run(run, json_object_get(run->params, "out"), "out", error);
}

/* The folder that parameter `directory` names in the source; the source itself without. */
static Beneath *build_folder(EffectRun *run, const Beneath *source, GError **error) {
    const char *directory = jsonx_string(run->params, "directory");
    bool inner = directory != NULL && *directory != '\0';
    return beneath_inner(source, inner ? directory : ".", error);
}

gint64 effects_epoch(EffectRun *run) {
    return MAX(jsonx_int(run->params, "epoch", run->site->now), EARLIEST);
}

/* What an earlier, killed build left in a scratch work tree would go into the packages. The user's own tree is never cleaned. */
static bool clean_source(const Beneath *source, GError **error) {
    g_autofree char *link = g_build_filename(beneath_path(source), ".git", NULL);
    if (!beneath_is_of_run(source) || !fs_exists(link))
        return true;
    g_autoptr(Git) git = git_open(beneath_path(source), error);
    return git != NULL && git_write(git, error, "clean", "-ffdxq", NULL);
}

/* ---- the command ---- */

static char **build_words(EffectRun *run, const char *folder, bool *into) {
    char **words = jsonx_to_strv(json_object_get(run->params, "run"));
    for (guint i = 0; words[i] != NULL; i++) {
        GString *word = g_string_new(words[i]);
        *into = g_string_replace(word, "{out}", folder, 0) > 0 || *into;
        g_free(words[i]);
        words[i] = g_string_free(word, FALSE);
    }
    return words;
}

static bool judge_end(const ProcessResult *result, const char *log, GError **error) {
    if (process_ok(result))
        return true;
    g_autofree char *end = process_describe_end(result);
    g_autofree char *tail = effects_output_tail(result, log, TAIL_LINES);
    error_set(error, ERROR_BUILD_FAILED, "the build failed: %s", end);
    g_autofree char *missed = effects_missed_variables(result, log, "build.env-pass");
    error_why(error, "%s%s%s", *tail != '\0' ? tail : "it said nothing", missed != NULL ? "\n" : "", missed != NULL ? missed : "");
    error_fix(error, "read %s, then: slipway abort, correct what it names, commit, release again", log);
    return false;
}

/* All that could make two builds differ and can be settled from outside is settled. */
static bool run_words(EffectRun *run, char **words, const char *where, GError **error) {
    const char *log_name = effects_text(run, "log", error);
    g_autofree char *log = log_name != NULL ? effects_log_path(run, log_name, error) : NULL;
    if (log == NULL)
        return false;
    if (words[0] == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the build has no command");
    g_autofree char *epoch = g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, effects_epoch(run));
    const char *const extra[] = {epoch, "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", "TZ=UTC", "LC_ALL=C.UTF-8", "LANGUAGE=", NULL};
    EffectsChild child = {
        .words = (const char *const *)words,
        .cwd = where,
        .env = json_object_get(run->params, "env"),
        .pass = json_object_get(run->params, "env_pass"),
        .extra = extra,
        .log = log_name,
        .timeout_seconds = jsonx_int(run->params, "timeout", 0),
        .umask = MASK,
    };
    g_auto(ProcessResult) result = {0};
    return effects_run_child(run, &child, &result, error) && judge_end(&result, log, error);
}

/* ---- what came out ---- */

/* The files that the patterns name are copied from the package's folder. Only a pattern's last part may hold wildcards. */
static bool collect(const Beneath *where, const char *pattern, const char *folder, GError **error) {
    const char *slash = strrchr(pattern, '/');
    g_autofree char *below = slash != NULL ? g_strndup(pattern, (gsize)(slash - pattern)) : g_strdup("");
    g_autoptr(Beneath) from = beneath_inner(where, slash != NULL ? below : ".", error);
    g_autoptr(GPtrArray) names = from != NULL ? fs_list(beneath_path(from), error) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        if (!package_name_matches(slash != NULL ? slash + 1 : pattern, name))
            continue;
        g_autoptr(Beneath) file = beneath_inner(from, name, error);
        if (file == NULL)
            return false;
        if (beneath_kind(file) != FS_FILE)
            continue;
        const char *source = beneath_path(file);
        g_autofree char *target = g_build_filename(folder, name, NULL);
        if (!fs_copy(source, target, effects_file_mode(source), error))
            return false;
    }
    return names != NULL;
}

static bool collect_all(EffectRun *run, const Beneath *where, const char *folder, GError **error) {
    g_auto(GStrv) globs = jsonx_to_strv(json_object_get(run->params, "expect"));
    for (guint i = 0; globs[i] != NULL; i++) {
        if (!collect(where, globs[i], folder, error))
            return false;
        fault_point("build-collected", run->id);
    }
    return true;
}

/* A file that only lacks the normalised form of its name. The name as it should be; NULL: it is not that. */
static char *normal_name(const char *file, char **globs) {
    g_autofree char *flat = package_normalise(file);
    for (guint i = 0; globs[i] != NULL; i++) {
        g_autofree char *wanted = package_normalise(globs[i]);
        bool python = g_str_has_suffix(file, ".tar.gz") || g_str_has_suffix(file, ".whl");
        if (python && package_name_matches(wanted, flat) && !package_name_matches(globs[i], file))
            return g_strndup(globs[i], strcspn(globs[i], "-*"));
    }
    return NULL;
}

/* Every file one glob, every glob one file: tells both sides what is wrong. */
static void compare(GPtrArray *names, char **globs, GString *wrong) {
    g_autofree guint *files_of = g_new0(guint, g_strv_length(globs) + 1);
    for (guint i = 0; i < names->len; i++) {
        guint matches = 0;
        for (guint j = 0; globs[j] != NULL; j++) {
            bool hit = package_name_matches(globs[j], names->pdata[i]);
            matches += hit;
            files_of[j] += hit;
        }
        if (matches != 1)
            g_string_append_printf(wrong, "%s: %s\n", (char *)names->pdata[i], matches == 0 ? "not expected" : "expected twice");
    }
    for (guint j = 0; globs[j] != NULL; j++) {
        if (files_of[j] != 1)
            g_string_append_printf(wrong, "%s: %u files; one is expected\n", globs[j], files_of[j]);
    }
}

static char *hint_of(GPtrArray *names, char **globs) {
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *name = normal_name(names->pdata[i], globs);
        if (name != NULL && *name != '\0')
            return g_steal_pointer(&name);
    }
    return NULL;
}

static bool say_wrong(const GString *wrong, GPtrArray *names, char **globs, GError **error) {
    g_autofree char *normal = hint_of(names, globs);
    error_set(error, ERROR_BUILD_FAILED, "the build did not make what was expected");
    error_why(error, "%s%s", wrong->str,
              normal != NULL ? "the name is not in the normalised form that indexes ask for; setuptools before 69.3 writes it so" : "");
    if (normal != NULL)
        error_fix(
            error,
            "slipway abort, then name it \"%s\" in its manifest (the same name to every index) or build it with a newer setuptools, commit, release again",
            normal);
    else
        error_fix(error, "slipway abort, then correct the build or name its files as packages.NAME.expect in slipway.yaml, commit, release again");
    return false;
}

static void last_parts(char **globs) {
    for (guint i = 0; globs[i] != NULL; i++) {
        char *last = g_path_get_basename(globs[i]);
        g_free(globs[i]);
        globs[i] = last;
    }
}

static bool check_names(EffectRun *run, const char *folder, GPtrArray *names, GError **error) {
    g_auto(GStrv) globs = jsonx_to_strv(json_object_get(run->params, "expect"));
    g_autoptr(GString) wrong = g_string_new(NULL);
    last_parts(globs);
    if (globs[0] != NULL)
        compare(names, globs, wrong);
    for (guint i = 0; i < names->len; i++) {
        if (fs_kind_beneath(folder, names->pdata[i]) != FS_FILE)
            g_string_append_printf(wrong, "%s: not a regular file\n", (char *)names->pdata[i]);
    }
    if (names->len == 0 && wrong->len == 0)
        g_string_append(wrong, "no file at all\n");
    return wrong->len == 0 || say_wrong(wrong, names, globs, error);
}

/* Written anew before anybody has seen its digest. */
static bool normalise(EffectRun *run, const char *folder, GPtrArray *names, GError **error) {
    for (guint i = 0; jsonx_bool(run->params, "normalise", false) && i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        if (g_str_has_suffix(path, ".tar.gz") && !package_repack(path, effects_epoch(run), error))
            return false;
        fault_point("build-normalised", run->id);
    }
    return true;
}

bool effects_make(EffectRun *run, const Beneath *out, GError **error) {
    g_autoptr(Beneath) source = effects_place(run, json_object_get(run->params, "source"), "source", error);
    g_autoptr(Beneath) where = source != NULL ? build_folder(run, source, error) : NULL;
    const char *folder = beneath_path(out);
    if (where == NULL || !beneath_remove(out, error))
        return false;
    fault_point("build-wiped", run->id);
    if (!clean_source(source, error) || !beneath_make_folder(out, error))
        return false;
    fault_point("build-begins", run->id);
    bool into = false;
    g_auto(GStrv) words = build_words(run, folder, &into);
    if (!run_words(run, words, beneath_path(where), error))
        return false;
    fault_point("build-ended", run->id);
    if (!into && !collect_all(run, where, folder, error))
        return false;
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    return names != NULL && check_names(run, folder, names, error) && normalise(run, folder, names, error);
}
