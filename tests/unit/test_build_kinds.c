/* The kinds of effects that run programs and keep what they made: what the contract suite, which tries every kind alike, does not ask. */
#include "archives.h"
#include "base/digest.h"
#include "base/process.h"
#include "kinds.h"

#include <glib/gstdio.h>
#include <signal.h>

extern const EffectKind effect_kind_process, effect_kind_build, effect_kind_artifacts, effect_kind_check_packages, effect_kind_install_test, effect_kind_draft,
    effect_kind_upload, effect_kind_publish;

static char *base;

/* ---- gates ---- */

static json_t *gate(const char *shell) {
    return json_pack("{s:s, s:[s, s, s], s:s, s:i, s:{s:s}, s:s}", "name", "unit", "run", "sh", "-c", shell, "where", "tree", "timeout", 60, "env", "GREETING",
                     "hello", "log", "unit.log");
}

static void test_gate(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_setenv("MARKER_TOKEN", "secret-marker", TRUE);
    g_autoptr(json_t) params = gate("echo \"$GREETING $PWD\"; env");
    g_autoptr(json_t) result = kinds_apply(&world, &effect_kind_process, params);
    g_unsetenv("MARKER_TOKEN");
    g_assert_cmpint(jsonx_int(result, "exit", -1), ==, 0);
    g_autofree char *log = jsonx_get_path(json_object_get(result, "log"));
    g_autoptr(GBytes) bytes = fs_read(log, 1 << 20, NULL);
    const char *text = g_bytes_get_data(bytes, NULL);
    g_autofree char *first = g_strdup_printf("hello %s\n", world.tree);
    g_assert_true(g_str_has_prefix(text, first));
    g_assert_null(strstr(text, "secret-marker"));
    g_assert_nonnull(strstr(text, "SLIPWAY_CHILD=" KINDS_MARK));
    g_assert_true(g_str_has_prefix(world.said->str, "hello "));
    kinds_undo(&world, &effect_kind_process, params);
}

static void test_gate_fails(void) {
    static const struct {
        const char *shell, *says;
    } rows[] = {
        {"seq 40; echo oops >&2; exit 3", "gate unit failed: exit 3\nwhy:   22\n"},
        {"seq 40; echo oops >&2; exit 3", "       40\n       oops\n"},
        {"kill -9 $$", "gate unit failed: killed by"},
        {"exit 1", "exit 1\nwhy:   it said nothing"},
        {"printf '\\033[31mred'; exit 1", "red"},
        {"exit 1", "logs/unit.log, correct what it names, then: slipway gates run unit"},
    };
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(json_t) params = gate(rows[i].shell);
        kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, params, ERROR_GATE_FAILED, rows[i].says);
    }
}

static void test_gate_times_out(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = gate("exec sleep 60"); /* longer than its time */
    json_object_set_new(params, "timeout", json_integer(1));
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, params, ERROR_GATE_FAILED, "timed out after 1 s");
}

static void test_gate_is_stopped(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = gate("exec sleep 60"); /* it is ended at once */
    world.cancel = 1;
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, params, ERROR_INTERRUPTED, "being stopped");
}

static void test_gate_refuses_plan(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = gate("true");
    json_object_set_new(params, "log", json_string("../evil.log"));
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, params, ERROR_PLAN_BROKEN, "not the name of a log");
    json_object_set_new(params, "log", json_string("unit.log"));
    json_object_set_new(params, "run", json_array());
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, params, ERROR_PLAN_BROKEN, "has no command");
    json_object_set_new(params, "run", json_pack("[s]", "no-such-program-of-slipway"));
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, params, ERROR_PROGRAM_MISSING, "no-such-program-of-slipway");
}

/* In a repository with one commit; returns its id. */
static char *make_repository(KindsWorld *world) {
    const char *const words[] = {
        "sh", "-ec",
        "git init -q .; git config user.name T; git config user.email t@example.org; echo one >tracked; git add tracked; git commit -qm one; "
        "git rev-parse HEAD",
        NULL};
    ProcessSpec spec = {.argv = words, .cwd = world->tree};
    g_auto(ProcessResult) result = {0};
    g_assert_true(process_run(&spec, &result, NULL) && process_ok(&result));
    return g_strchomp(g_strdup(process_text(result.out)));
}

static void test_gate_leaves_the_tree_alone(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autofree char *commit = make_repository(&world);
    g_autoptr(json_t) params = gate("echo untracked >new");
    json_object_set_new(params, "commit", json_string(commit));
    g_autoptr(json_t) result = kinds_apply(&world, &effect_kind_process, params);
    g_assert_nonnull(result);
    g_autoptr(json_t) changing = gate("echo two >tracked");
    json_object_set_new(changing, "commit", json_string(commit));
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, changing, ERROR_TREE_CHANGED, "changed by the gate unit");
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, changing, ERROR_TREE_CHANGED, "changed before the gate unit");
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, changing, ERROR_TREE_CHANGED, "+two");
    g_autoptr(json_t) moving = gate("git commit -qam two");
    json_object_set_new(moving, "commit", json_string(commit));
    kinds_write(world.tree, "tracked", "one\n");
    g_autoptr(json_t) committing = gate("echo two >tracked; git commit -qam two");
    json_object_set_new(committing, "commit", json_string(commit));
    kinds_assert_refused(&world, &effect_kind_process, effect_kind_process.apply, committing, ERROR_TREE_CHANGED, "not the candidate by the gate unit");
}

/* ---- builds ---- */

static json_t *build(const KindsWorld *world, const char *shell) {
    return json_pack("{s:[s, s, s, s, s], s:o, s:i, s:{}, s:[s, s], s:s, s:s}", "run", "sh", "-c", shell, "sh", "{out}", "source", jsonx_path(world->tree),
                     "timeout", 60, "env", "expect", "*.whl", "*.tar.gz", "log", "build.log", "out", "build");
}

static void test_build(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = build(&world, "echo $SOURCE_DATE_EPOCH >$1/a.whl; echo b >$1/b.tar.gz");
    kinds_assert_seen(&world, &effect_kind_build, params, OBSERVED_ABSENT);
    g_autoptr(json_t) result = kinds_apply(&world, &effect_kind_build, params);
    const json_t *files = json_object_get(result, "files");
    g_assert_cmpuint(json_array_size(files), ==, 2);
    g_assert_cmpstr(jsonx_string(json_array_get(files, 0), "name"), ==, "a.whl");
    g_autofree char *digest = digest_string("1764000000\n");
    g_assert_cmpstr(jsonx_string(json_array_get(files, 0), "sha256"), ==, digest);
    kinds_assert_seen(&world, &effect_kind_build, params, OBSERVED_SAME);
    kinds_write(world.work, "build/a.whl", "changed\n");
    kinds_assert_seen(&world, &effect_kind_build, params, OBSERVED_ABSENT);
    g_autoptr(json_t) again = kinds_apply(&world, &effect_kind_build, params);
    g_assert_true(json_equal(result, again));
    kinds_write(world.work, "build/stray", "x");
    kinds_assert_seen(&world, &effect_kind_build, params, OBSERVED_ABSENT);
    kinds_undo(&world, &effect_kind_build, params);
    kinds_undo(&world, &effect_kind_build, params);
    g_autofree char *folder = g_build_filename(world.work, "build", NULL);
    g_assert_false(fs_exists(folder));
}

static void test_build_fails(void) {
    static const struct {
        const char *shell, *says;
    } rows[] = {
        {"echo no compiler; exit 7", "the build failed: exit 7\nwhy:   no compiler"},
        {"true", "*.whl: 0 files; one is expected"},
        {"touch $1/a.whl $1/b.whl $1/c.tar.gz", "*.whl: 2 files; one is expected"},
        {"touch $1/a.whl $1/c.tar.gz $1/extra.txt", "extra.txt: not expected"},
        {"touch $1/a.whl; mkdir $1/c.tar.gz", "c.tar.gz: not a regular file"},
        {"touch $1/a.whl; ln -s /etc/passwd $1/c.tar.gz", "c.tar.gz: not a regular file"},
    };
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(json_t) params = build(&world, rows[i].shell);
        kinds_assert_refused(&world, &effect_kind_build, effect_kind_build.apply, params, ERROR_BUILD_FAILED, rows[i].says);
    }
}

/* ---- artifacts ---- */

static json_t *file_of(const char *path) {
    g_autofree char *name = g_path_get_basename(path);
    guint64 size = 0;
    g_autofree char *digest = digest_file(path, &size, NULL);
    return json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)size, "sha256", digest);
}

static json_t *artifacts(KindsWorld *world, const char *into) {
    g_autofree char *folder = g_build_filename(world->work, "build", NULL);
    g_autofree char *one = g_build_filename(folder, "one.whl", NULL);
    g_autofree char *two = g_build_filename(folder, "two.tar.gz", NULL);
    kinds_write(folder, "one.whl", "one\n");
    kinds_write(folder, "two.tar.gz", "two\n");
    json_t *to = into != NULL ? jsonx_path(into) : json_null();
    return json_pack("{s:[{s:o, s:[o]}, {s:o, s:[o]}], s:o}", "from", "folder", jsonx_path(folder), "files", file_of(two), "folder", jsonx_path(folder),
                     "files", file_of(one), "into", to);
}

static void add_snapshot(GString *out, const char *path, const char *shown) {
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_autofree char *digest = digest_file(path, NULL, NULL);
        g_string_append_printf(out, "%s %s\n", shown, digest);
        return;
    }
    g_string_append_printf(out, "%s/\n", shown);
    g_autoptr(GPtrArray) names = fs_list(path, NULL);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *below = g_build_filename(path, names->pdata[i], NULL);
        g_autofree char *show = g_build_filename(shown, names->pdata[i], NULL);
        add_snapshot(out, below, show);
    }
}

static char *tree_of(const KindsWorld *world) {
    GString *out = g_string_new(NULL);
    add_snapshot(out, world->tree, ".");
    return g_string_free(out, FALSE);
}

static void test_artifacts(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = artifacts(&world, NULL);
    kinds_assert_seen(&world, &effect_kind_artifacts, params, OBSERVED_ABSENT);
    g_autoptr(json_t) result = kinds_apply(&world, &effect_kind_artifacts, params);
    const json_t *files = json_object_get(result, "files");
    g_assert_cmpuint(json_array_size(files), ==, 3);
    g_assert_cmpstr(jsonx_string(json_array_get(files, 0), "name"), ==, "SHA256SUMS");
    kinds_assert_seen(&world, &effect_kind_artifacts, params, OBSERVED_SAME);
    kinds_write(world.work, "artifacts/one.whl", "changed\n");
    kinds_assert_seen(&world, &effect_kind_artifacts, params, OBSERVED_PARTIAL);
    g_autoptr(json_t) again = kinds_apply(&world, &effect_kind_artifacts, params);
    g_assert_true(json_equal(result, again));
    kinds_undo(&world, &effect_kind_artifacts, params);
    kinds_undo(&world, &effect_kind_artifacts, params);
    kinds_assert_seen(&world, &effect_kind_artifacts, params, OBSERVED_ABSENT);
    kinds_write(world.work, "build/one.whl", "changed\n");
    kinds_assert_refused(&world, &effect_kind_artifacts, effect_kind_artifacts.apply, params, ERROR_NOT_VERIFIED, "one.whl is not what was built");
}

/* The user's own folder: what was there comes back. */
static void test_artifacts_into(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    kinds_write(world.tree, "dist/old.whl", "old\n");
    kinds_write(world.tree, "dist/deep/er", "x\n");
    g_autofree char *before = tree_of(&world);
    g_autoptr(json_t) params = artifacts(&world, "dist");
    kinds_undo(&world, &effect_kind_artifacts, params);
    kinds_assert_seen(&world, &effect_kind_artifacts, params, OBSERVED_ABSENT);
    for (int i = 0; i < 2; i++) {
        json_decref(kinds_apply(&world, &effect_kind_artifacts, params));
        kinds_assert_seen(&world, &effect_kind_artifacts, params, OBSERVED_SAME);
    }
    for (int i = 0; i < 2; i++) {
        kinds_undo(&world, &effect_kind_artifacts, params);
        g_autofree char *after = tree_of(&world);
        g_assert_cmpstr(before, ==, after);
    }
    json_decref(kinds_apply(&world, &effect_kind_artifacts, params));
    kinds_write(world.tree, "dist/mine.txt", "x\n");
    kinds_assert_refused(&world, &effect_kind_artifacts, effect_kind_artifacts.undo, params, ERROR_CONFLICT, "mine.txt is not what slipway put there");
}

static void test_artifacts_into_nothing(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autofree char *before = tree_of(&world);
    g_autoptr(json_t) params = artifacts(&world, "dist");
    json_decref(kinds_apply(&world, &effect_kind_artifacts, params));
    kinds_undo(&world, &effect_kind_artifacts, params);
    g_autofree char *after = tree_of(&world);
    g_assert_cmpstr(before, ==, after);
    g_autofree char *link = g_build_filename(world.tree, "dist", NULL);
    g_assert_cmpint(symlink(world.scratch, link), ==, 0);
    kinds_assert_refused(&world, &effect_kind_artifacts, effect_kind_artifacts.apply, params, ERROR_UNTRUSTED_PATH, "is not a folder");
}

/* Killed at every fault point; what was kept stands in a file, as the journal would have it. */
static bool keep_in_file(EffectRun *run, const char *key, json_t *value, GError **error) {
    json_decref(value);
    (void)key;
    g_autofree char *text = jsonx_canonical(run->kept);
    g_autofree char *path = g_build_filename(run->site->state_dir, "kept.json", NULL);
    return g_file_set_contents(path, text, -1, error);
}

static void load_kept(KindsWorld *world) {
    g_autofree char *path = g_build_filename(world->scratch, "kept.json", NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL))
        return;
    json_t *kept = jsonx_parse(text, length, 1 << 20, "kept", NULL);
    g_hash_table_insert(world->kept, g_strdup(effect_kind_artifacts.name), kept);
}

static int in_child(KindsWorld *world, const json_t *params, bool undo, const char *variable, const char *value) {
    pid_t pid = fork();
    if (pid == 0) {
        static const EffectHost host = {.keep = keep_in_file, .record = kinds_record, .line = kinds_say, .note = kinds_say};
        if (variable != NULL)
            setenv(variable, value, 1);
        EffectRun run;
        load_kept(world);
        kinds_run(world, &effect_kind_artifacts, params, &run);
        run.host = &host;
        bool done = undo ? effect_kind_artifacts.undo(&run, NULL) : effect_kind_artifacts.apply(&run, NULL);
        _exit(done ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    return status;
}

typedef struct {
    bool undo_is_killed; /* apply is otherwise */
    bool end_undone;     /* what it must come to */
} Crash;

static const Crash crashes[] = {{false, false}, {false, true}, {true, true}};

/* One try; key NULL: undisturbed, log: where keys are written. Returns the tree at the end. */
static char *crash_run(const Crash *crash, const char *key, const char *log) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    kinds_write(world.tree, "dist/old.whl", "old\n");
    g_autoptr(json_t) params = artifacts(&world, "dist");
    const char *variable = key != NULL ? "SLIPWAY_FAULT_KILL" : "SLIPWAY_FAULT_LOG";
    if (crash->undo_is_killed)
        g_assert_cmpint(in_child(&world, params, false, NULL, NULL), ==, 0);
    int status = in_child(&world, params, crash->undo_is_killed, variable, key != NULL ? key : log);
    g_assert_true(key != NULL ? WIFSIGNALED(status) : status == 0);
    g_assert_cmpint(in_child(&world, params, crash->end_undone, NULL, NULL), ==, 0);
    return tree_of(&world);
}

static void test_artifacts_killed(gconstpointer data) {
    g_autofree char *log = g_build_filename(base, "log", NULL);
    g_autofree char *ideal = crash_run(data, NULL, log);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(log, &text, NULL, NULL)) {
        g_test_skip("built without fault points");
        return;
    }
    g_unlink(log);
    g_auto(GStrv) keys = g_strsplit(g_strchomp(text), "\n", -1);
    for (guint i = 0; keys[i] != NULL; i++) {
        g_autofree char *is = crash_run(data, keys[i], NULL);
        if (strcmp(is, ideal) != 0)
            g_error("killed at \"%s\":\n%s\nand not:\n%s", keys[i], is, ideal);
    }
    g_test_message("%u fault points", g_strv_length(keys));
}

/* ---- packages ---- */

/* A wheel and an sdist of the demo package in work/build. */
static json_t *packages(KindsWorld *world, const char *version) {
    g_autofree char *folder = g_build_filename(world->work, "build", NULL);
    fs_make_dirs(folder, 0755, NULL);
    g_autofree char *wheel = archive_wheel(folder, version);
    g_autofree char *sdist = archive_sdist(folder, version);
    return json_pack("{s:o, s:[o, o], s:s, s:s, s:[s, s]}", "folder", jsonx_path(folder), "files", file_of(wheel), file_of(sdist), "name", "demo-pkg",
                     "version", version, "kinds", "sdist", "wheel");
}

/* As the plan has it: one package, of these files. */
static json_t *check_of(const json_t *flat) {
    json_t *check =
        json_pack("{s:O, s:O, s:[{s:s}]}", "folder", json_object_get(flat, "folder"), "files", json_object_get(flat, "files"), "packages", "label", "demo");
    json_t *package = json_array_get(json_object_get(check, "packages"), 0);
    static const char *const keys[] = {"name", "version", "kinds", "files"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        json_object_set(package, keys[i], json_object_get(flat, keys[i]));
    json_object_set(check, "strict", json_object_get(flat, "strict"));
    return check;
}

static json_t *check_passes(KindsWorld *world, const json_t *flat) {
    g_autoptr(json_t) check = check_of(flat);
    return kinds_apply(world, &effect_kind_check_packages, check);
}

static void check_refuses(KindsWorld *world, const json_t *flat, const char *words) {
    g_autoptr(json_t) check = check_of(flat);
    kinds_assert_refused(world, &effect_kind_check_packages, effect_kind_check_packages.apply, check, ERROR_PACKAGE, words);
}

static void test_check_packages(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = packages(&world, "1.1.0");
    g_autoptr(json_t) result = check_passes(&world, params);
    const json_t *first = json_array_get(json_object_get(result, "packages"), 0);
    g_assert_cmpstr(jsonx_string(first, "kind"), ==, "wheel");
    g_assert_cmpstr(jsonx_string(first, "version"), ==, "1.1.0");
    json_object_set_new(params, "version", json_string("1.2.0"));
    check_refuses(&world, params, "2 problems in the packages");
    check_refuses(&world, params, "it has the version 1.1.0; this release is 1.2.0");
    json_object_set_new(params, "version", json_string("1.1.0"));
    json_object_set_new(params, "name", json_string("other"));
    check_refuses(&world, params, "it is the package demo-pkg");
    json_object_set_new(params, "name", json_string("Demo.PKG"));
    json_array_remove(json_object_get(params, "files"), 1);
    check_refuses(&world, params, "0 packages are of the kind sdist");
}

static void test_check_packages_warns(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    const Part parts[MAX_PARTS] = {
        {"Demo.Pkg-1.1.0/pyproject.toml", ""},
        {"Demo.Pkg-1.1.0/PKG-INFO", "Metadata-Version: 2.1\nName: Demo.Pkg\nVersion: 1.1.0\nDescription-Content-Type: text/plain\n\nText.\n"}};
    g_autofree char *made = g_build_filename(world.work, "made", NULL);
    g_assert_true(fs_make_dirs(made, 0755, NULL));
    g_autofree char *path = archive_make(made, "Demo.Pkg-1.1.0.tar.gz", parts);
    g_autoptr(json_t) params = json_pack("{s:o, s:[o], s:s}", "folder", jsonx_path(made), "files", file_of(path), "version", "1.1.0");
    json_decref(check_passes(&world, params));
    g_assert_nonnull(strstr(world.said->str, "warning: Demo.Pkg-1.1.0.tar.gz: the file name has Demo.Pkg"));
    json_object_set_new(params, "strict", json_true());
    check_refuses(&world, params, "normalised: demo_pkg");
}

/* A description in reStructuredText is rendered, and one that does not render stops the release. */
static void test_check_packages_renders(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
#define RST "Metadata-Version: 2.1\nName: demo\nVersion: 1.1.0\nDescription-Content-Type: text/x-rst\n\n"
    Part parts[MAX_PARTS] = {{"demo-1.1.0/pyproject.toml", ""}, {"demo-1.1.0/LICENSE", "x"}, {"demo-1.1.0/PKG-INFO", RST "Some ``text``.\n"}};
    g_autofree char *made = g_build_filename(world.work, "made", NULL);
    g_assert_true(fs_make_dirs(made, 0755, NULL));
    g_autofree char *path = archive_make(made, "demo-1.1.0.tar.gz", parts);
    g_autoptr(json_t) params = json_pack("{s:o, s:[o], s:s}", "folder", jsonx_path(made), "files", file_of(path), "version", "1.1.0");
    json_decref(check_passes(&world, params));
    g_assert_nonnull(strstr(world.said->str, "1 package"));
    g_assert_null(strstr(world.said->str, "not checked"));
    parts[2].text = RST "Some ``text.\n";
    g_autofree char *again = archive_make(made, "demo-1.1.0.tar.gz", parts);
    g_autoptr(json_t) broken = json_pack("{s:o, s:[o], s:s}", "folder", jsonx_path(made), "files", file_of(again), "version", "1.1.0");
    check_refuses(&world, broken, "does not render");
}

static void test_install(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = packages(&world, "1.1.0");
    g_autoptr(json_t) result = kinds_apply(&world, &effect_kind_install_test, params);
    g_assert_cmpstr(jsonx_string(result, "module"), ==, "demo");
    g_assert_cmpstr(jsonx_string(result, "version"), ==, "1.1.0");
    g_assert_true(g_str_has_prefix(jsonx_string(result, "python"), "3."));
    g_autofree char *left = g_build_filename(world.work, "install-install-test", NULL);
    g_assert_false(fs_exists(left));
    json_object_set_new(params, "version", json_string("1.2.0"));
    kinds_assert_refused(&world, &effect_kind_install_test, effect_kind_install_test.apply, params, ERROR_PACKAGE,
                         "has the version 1.1.0; this release is 1.2.0");
    json_object_set_new(params, "module", json_string("nowhere"));
    kinds_assert_refused(&world, &effect_kind_install_test, effect_kind_install_test.apply, params, ERROR_PACKAGE, "No module named 'nowhere'");
    g_assert_false(fs_exists(left));
    fs_make_dirs(left, 0755, NULL);
    kinds_undo(&world, &effect_kind_install_test, params);
    g_assert_false(fs_exists(left));
}

static void test_install_from_forge(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = packages(&world, "1.1.0");
    json_object_set_new(params, "forge", json_pack("{s:s, s:o}", "kind", "directory", "path", jsonx_path(world.forge)));
    json_object_set_new(params, "tag", json_string("v1.1.0"));
    json_object_set_new(params, "target", json_string("x"));
    json_object_set_new(params, "release", json_pack("{s:s, s:s, s:s, s:s}", "tag", "v1.1.0", "name", "Demo", "notes", "# Demo\n", "target", "x"));
    json_decref(kinds_apply(&world, &effect_kind_draft, params));
    json_decref(kinds_apply(&world, &effect_kind_upload, params));
    json_decref(kinds_apply(&world, &effect_kind_publish, params));
    json_object_del(params, "folder");
    g_autoptr(json_t) result = kinds_apply(&world, &effect_kind_install_test, params);
    g_assert_cmpstr(jsonx_string(result, "version"), ==, "1.1.0");
    g_autofree char *wheel = g_build_filename(world.forge, "v1.1.0", "assets", "demo_pkg-1.1.0-py3-none-any.whl", NULL);
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(wheel, &bytes, &length, NULL));
    bytes[length / 2] ^= 1;
    g_assert_true(g_file_set_contents(wheel, bytes, (gssize)length, NULL));
    kinds_assert_refused(&world, &effect_kind_install_test, effect_kind_install_test.apply, params, ERROR_NOT_VERIFIED,
                         "on the forge is not what was uploaded");
    kinds_write(world.forge, "v1.1.0/assets/demo_pkg-1.1.0-py3-none-any.whl", "half");
    kinds_assert_refused(&world, &effect_kind_install_test, effect_kind_install_test.apply, params, ERROR_NOT_VERIFIED, "has no whole asset");
}

/* ---- hostile and unfinished plans ---- */

static void test_describe_anything(void) {
    static const EffectKind *const kinds[] = {&effect_kind_process, &effect_kind_build, &effect_kind_artifacts, &effect_kind_check_packages,
                                              &effect_kind_install_test};
    static const char *const texts[] = {"{}", "[]", "7",
                                        "{\"run\": [7, {}], \"name\": 1, \"where\": [], \"files\": [{}], \"folder\": \"relative\", \"into\": 3}",
                                        "{\"folder\": \"/nowhere\", \"files\": [{\"name\": \"../x\", \"size\": 1, \"sha256\": \"00\"}]}"};
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    for (guint i = 0; i < G_N_ELEMENTS(kinds) * G_N_ELEMENTS(texts); i++)
        kinds_assert_bears(&world, kinds[i % G_N_ELEMENTS(kinds)], texts[i / G_N_ELEMENTS(kinds)]);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    base = fs_make_temp_dir("slipway-kinds", NULL);
    g_test_add_func("/build-kinds/gate", test_gate);
    g_test_add_func("/build-kinds/gate-fails", test_gate_fails);
    g_test_add_func("/build-kinds/gate-times-out", test_gate_times_out);
    g_test_add_func("/build-kinds/gate-is-stopped", test_gate_is_stopped);
    g_test_add_func("/build-kinds/gate-refuses-plan", test_gate_refuses_plan);
    g_test_add_func("/build-kinds/gate-leaves-the-tree-alone", test_gate_leaves_the_tree_alone);
    g_test_add_func("/build-kinds/build", test_build);
    g_test_add_func("/build-kinds/build-fails", test_build_fails);
    g_test_add_func("/build-kinds/artifacts", test_artifacts);
    g_test_add_func("/build-kinds/artifacts-into", test_artifacts_into);
    g_test_add_func("/build-kinds/artifacts-into-nothing", test_artifacts_into_nothing);
    for (guint i = 0; i < G_N_ELEMENTS(crashes); i++) {
        g_autofree char *path = g_strdup_printf("/build-kinds/artifacts-killed/%u", i);
        g_test_add_data_func(path, &crashes[i], test_artifacts_killed);
    }
    g_test_add_func("/build-kinds/check-packages", test_check_packages);
    g_test_add_func("/build-kinds/check-packages-warns", test_check_packages_warns);
    g_test_add_func("/build-kinds/check-packages-renders", test_check_packages_renders);
    g_test_add_func("/build-kinds/install", test_install);
    g_test_add_func("/build-kinds/install-from-forge", test_install_from_forge);
    g_test_add_func("/build-kinds/describe-anything", test_describe_anything);
    int status = g_test_run();
    fs_remove_tree(base, NULL);
    g_free(base);
    return status;
}
