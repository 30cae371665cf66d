#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "effects/artifact.h"
#include "effects/child.h"
#include "git/git.h"

#include <string.h>

#define TAIL_LINES 20
/* Zip files, and so wheels, know no time before 1980. */
#define EARLIEST G_GINT64_CONSTANT(315532800)

static char *out_folder(EffectRun *run) {
    return g_build_filename(run->site->work_dir, "build", NULL);
}

/* ---- inspect ---- */

static bool count_is(const char *folder, gsize count) {
    g_autoptr(GPtrArray) names = fs_list(folder, NULL);
    return names != NULL && names->len == count;
}

static Observed inspect(EffectRun *run, GError **error) {
    (void)error;
    json_t *files = json_object_get(run->kept, "files");
    g_autofree char *folder = out_folder(run);
    if (files == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "nothing was built");
    g_autoptr(GError) problem = NULL;
    if (!count_is(folder, json_array_size(files)) || !effects_files_are_there(folder, files, &problem))
        return effect_saw(run, OBSERVED_ABSENT, "%s is not what was built", folder);
    json_object_set_new(run->result, "folder", jsonx_path(folder));
    json_object_set(run->result, "files", files);
    return effect_saw(run, OBSERVED_SAME, "%" G_GSIZE_FORMAT " files in %s, as they were built", json_array_size(files), folder);
}

/* ---- apply ---- */

/* What an earlier, killed build left in a scratch work tree would go into the packages. The user's own tree is never cleaned. */
static bool clean_source(EffectRun *run, const char *source, GError **error) {
    g_autofree char *scratch = g_strconcat(run->site->work_dir, "/", NULL);
    g_autofree char *link = g_build_filename(source, ".git", NULL);
    if (!g_str_has_prefix(source, scratch) || !fs_exists(link))
        return true;
    g_autoptr(Git) git = git_open(source, error);
    return git != NULL && git_write(git, error, "clean", "-ffdxq", NULL);
}

static char **build_words(EffectRun *run, const char *folder) {
    char **words = jsonx_to_strv(json_object_get(run->params, "run"));
    for (guint i = 0; words[i] != NULL; i++) {
        GString *word = g_string_new(words[i]);
        g_string_replace(word, "{out}", folder, 0);
        g_free(words[i]);
        words[i] = g_string_free(word, FALSE);
    }
    return words;
}

static bool run_build(EffectRun *run, const char *source, const char *folder, GError **error) {
    g_auto(GStrv) words = build_words(run, folder);
    const char *log_name = effects_text(run, "log", error);
    g_autofree char *log = log_name != NULL ? effects_log_path(run, log_name, error) : NULL;
    if (log == NULL)
        return false;
    if (words[0] == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the build has no command");
    g_autofree char *epoch = g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, MAX(run->site->now, EARLIEST));
    const char *const extra[] = {epoch, "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", "TZ=UTC", "LC_ALL=C.UTF-8", NULL};
    EffectsChild child = {
        .words = (const char *const *)words,
        .cwd = source,
        .env = json_object_get(run->params, "env"),
        .extra = extra,
        .log = log_name,
        .timeout_seconds = jsonx_int(run->params, "timeout", 0),
    };
    g_auto(ProcessResult) result = {0};
    if (!effects_run_child(run, &child, &result, error))
        return false;
    if (process_ok(&result))
        return true;
    g_autofree char *end = process_describe_end(&result);
    g_autofree char *tail = effects_output_tail(&result, log, TAIL_LINES);
    error_set(error, ERROR_BUILD_FAILED, "the build failed: %s", end);
    error_why(error, "%s", *tail != '\0' ? tail : "it said nothing");
    error_fix(error, "read %s, then: slipway abort, correct what it names, commit, release again", log);
    return false;
}

/* ---- what came out ---- */

/* Every file one glob, every glob one file: tells both sides what is wrong. */
static void compare(GPtrArray *names, char **globs, GString *wrong) {
    g_autofree guint *files_of = g_new0(guint, g_strv_length(globs) + 1);
    for (guint i = 0; i < names->len; i++) {
        guint matches = 0;
        for (guint j = 0; globs[j] != NULL; j++) {
            bool hit = g_pattern_match_simple(globs[j], names->pdata[i]);
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

static bool check_names(EffectRun *run, const char *folder, GPtrArray *names, GError **error) {
    g_auto(GStrv) globs = jsonx_to_strv(json_object_get(run->params, "expect"));
    g_autoptr(GString) wrong = g_string_new(NULL);
    if (globs[0] != NULL)
        compare(names, globs, wrong);
    for (guint i = 0; i < names->len; i++) {
        if (fs_kind_beneath(folder, names->pdata[i]) != FS_FILE)
            g_string_append_printf(wrong, "%s: not a regular file\n", (char *)names->pdata[i]);
    }
    if (names->len == 0 && wrong->len == 0)
        g_string_append(wrong, "no file at all\n");
    if (wrong->len == 0)
        return true;
    error_set(error, ERROR_BUILD_FAILED, "the build did not make what was expected");
    error_why(error, "%s", wrong->str);
    return false;
}

static json_t *measure(const char *folder, GPtrArray *names, GError **error) {
    g_autoptr(json_t) files = json_array();
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        guint64 size = 0;
        g_autofree char *digest = digest_file(path, &size, error);
        if (digest == NULL)
            return NULL;
        json_array_append_new(files, effects_file_json(names->pdata[i], size, digest));
    }
    return g_steal_pointer(&files);
}

static bool apply(EffectRun *run, GError **error) {
    g_autofree char *source = effects_path(run, "source", error);
    g_autofree char *folder = out_folder(run);
    if (source == NULL || !fs_remove_tree(folder, error))
        return false;
    fault_point("build-wiped", run->id);
    if (!clean_source(run, source, error) || !fs_make_dirs(folder, 0777, error))
        return false;
    fault_point("build-begins", run->id);
    if (!run_build(run, source, folder, error))
        return false;
    fault_point("build-ended", run->id);
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    if (names == NULL || !check_names(run, folder, names, error))
        return false;
    json_t *files = measure(folder, names, error);
    if (files == NULL)
        return false;
    json_object_set_new(run->result, "folder", jsonx_path(folder));
    json_object_set(run->result, "files", files);
    effect_note(run, "%u files", names->len);
    return effect_keep(run, "files", files, error);
}

static bool undo(EffectRun *run, GError **error) {
    g_autofree char *folder = out_folder(run);
    return fs_remove_tree(folder, error);
}

static char *describe(const json_t *params) {
    g_autofree char *words = effects_shown_words(json_object_get(params, "run"));
    g_autofree char *source = effects_shown_member(params, "source");
    if (json_array_size(json_object_get(params, "expect")) == 0)
        return g_strdup_printf("build in %s: %s", source, words);
    g_autofree char *expect = effects_shown_member(params, "expect");
    return g_strdup_printf("build in %s: %s; expected: %s", source, words, expect);
}

const EffectKind effect_kind_build = {
    .name = "build",
    .doc = "builds the artifacts, once, into an empty folder of the run",
    .describe = describe,
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the folder of the build is removed",
};
