/* What every kind of effect promises, for every row of effects.def, with the row's own data in data/effects/ROW.json:
 *   setup    commands run first, in the work tree (["write", PATH, TEXT] writes a file)
 *   values   names → commands whose output replaces @NAME@ in what follows
 *   before   effects applied first: [{kind, params}]
 *   params   of the effect
 *   more     parameters that it can have as well: a person is shown them like the others
 *   foreign  commands: what another hand might do after it; undo must then refuse
 *   slow     its apply starts package managers: it is not tried with every hostile text
 *   fails    parameters with which a check must fail
 *   refused  words: the directory forge, which these tests have, cannot do it, so it must refuse with these words and change nothing. Such a kind is tried
 *            alive against the emulators of forges (tests/system) */
#include "effects/effects.h"

#include "base/process.h"
#include "kinds.h"

typedef struct {
    KindsWorld world;
    json_t *data;
    GHashTable *values;
} Case;

/* ---- the data ---- */

static json_t *read_case(const EffectKind *kind) {
    g_autofree char *stem = g_strdelimit(g_strdup(kind->name), "-", '_');
    g_autofree char *name = g_strconcat(stem, ".json", NULL);
    g_autofree char *path = g_build_filename(g_getenv("G_TEST_SRCDIR"), "contract", "data", "effects", name, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = fs_read(path, 1 << 20, &error);
    g_assert_no_error(error);
    json_t *data = jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 1 << 20, path, &error);
    g_assert_no_error(error);
    return data;
}

static char *substitute(const Case *test, const char *text) {
    GString *out = g_string_new(text);
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, test->values);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_string_replace(out, name, value, 0);
    return g_string_free(out, FALSE);
}

static json_t *fill(const Case *test, const json_t *value) {
    if (json_is_string(value)) {
        g_autofree char *text = substitute(test, json_string_value(value));
        return json_string(text);
    }
    if (json_is_array(value)) {
        json_t *array = json_array();
        for (gsize i = 0; i < json_array_size(value); i++)
            json_array_append_new(array, fill(test, json_array_get(value, i)));
        return array;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    json_t *object = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) json_object_set_new(object, key, fill(test, member));
    return object;
}

static char *call(const Case *test, const json_t *words) {
    g_autoptr(json_t) filled = fill(test, words);
    g_auto(GStrv) argv = jsonx_to_strv(filled);
    if (g_str_equal(argv[0], "write")) {
        kinds_write(test->world.tree, argv[1], argv[2]);
        return g_strdup("");
    }
    ProcessSpec spec = {.argv = (const char *const *)argv, .cwd = test->world.tree};
    g_auto(ProcessResult) result = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(process_run(&spec, &result, &error));
    if (!process_ok(&result))
        g_error("%s %s: %s", argv[0], argv[1], process_text(result.err));
    return g_strchomp(g_strdup(process_text(result.out)));
}

static void call_all(const Case *test, const char *member) {
    const json_t *commands = json_object_get(test->data, member);
    for (gsize i = 0; i < json_array_size(commands); i++)
        g_free(call(test, json_array_get(commands, i)));
}

/* ---- the world ---- */

static void make_repository(const Case *test) {
    static const char *const commands[] = {
        "git init --quiet -b main",
        "git config user.name Ada",
        "git config user.email ada@example.org",
        "git config commit.gpgSign false",
        "git add .",
        "git commit --quiet -m first",
        "git init --quiet --bare -b main ../origin.git",
        "git remote add origin ../origin.git",
        "git push --quiet origin main",
    };
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_auto(GStrv) words = g_strsplit(commands[i], " ", -1);
        g_autoptr(json_t) array = jsonx_strv((const char *const *)words);
        g_free(call(test, array));
    }
}

static void set_value(Case *test, const char *name, char *value) {
    g_hash_table_insert(test->values, g_strdup_printf("@%s@", name), value);
}

static const EffectKind *kind_by_name(const char *name) {
    const EffectKind *const *kinds = effect_kinds();
    for (guint i = 0; kinds[i] != NULL; i++) {
        if (g_str_equal(kinds[i]->name, name))
            return kinds[i];
    }
    g_error("no kind %s", name);
}

static void apply_before(Case *test) {
    const json_t *rows = json_object_get(test->data, "before");
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        g_autoptr(json_t) params = fill(test, json_object_get(row, "params"));
        json_decref(kinds_apply(&test->world, kind_by_name(jsonx_string(row, "kind")), params));
    }
}

static void begin(Case *test, const EffectKind *kind, const char *base) {
    *test = (Case){.data = read_case(kind), .values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    kinds_begin(&test->world, base);
    g_autofree char *git_dir = g_build_filename(test->world.tree, ".git", NULL);
    test->world.site.git_dir = g_intern_string(git_dir);
    kinds_write(test->world.tree, "a.txt", "one\n");
    set_value(test, "TREE", g_strdup(test->world.tree));
    set_value(test, "WORK", g_strdup(test->world.work));
    set_value(test, "SOURCE", g_strdup(g_getenv("G_TEST_SRCDIR")));
    set_value(test, "FORGE", g_strdup(test->world.forge));
    make_repository(test);
    call_all(test, "setup");
    const char *name;
    json_t *command;
    json_object_foreach(json_object_get(test->data, "values"), name, command) set_value(test, name, call(test, command));
    apply_before(test);
}

static void end(Case *test) {
    kinds_end(&test->world);
    json_decref(test->data);
    g_hash_table_unref(test->values);
}

/* ---- what is promised ---- */

/* Refs, HEAD, index and files: what undo must bring back. */
static char *snapshot(const Case *test) {
    g_autoptr(json_t) words = json_pack(
        "[s, s, s]", "sh", "-c",
        "git for-each-ref; git symbolic-ref -q HEAD; git ls-files -s; git worktree list | sed 's/^.*world/world/'; "
        "find . ../forge ../run -path ./.git -prune -o -path ../run/logs -prune -o -type f -exec sha256sum {} + 2>/dev/null | grep -v '/\\.lock$' | sort -k2");
    return call(test, words);
}

static void check_undo(Case *test, const EffectKind *kind, const json_t *params, const char *before) {
    kinds_undo(&test->world, kind, params);
    g_autofree char *once = snapshot(test);
    g_assert_cmpstr(once, ==, before);
    kinds_undo(&test->world, kind, params);
    g_autofree char *twice = snapshot(test);
    g_assert_cmpstr(twice, ==, before);
}

/* What the engine would put into `kept` from events of other processes. */
static void keep_given(Case *test, const EffectKind *kind, const json_t *params) {
    g_auto(EffectRun) run = {0};
    kinds_run(&test->world, kind, params, &run);
    json_object_update(run.kept, json_object_get(test->data, "kept"));
}

/* As the engine does it, by a run that knows nothing of the first: what is there is adopted, and looking changes nothing. */
static void apply_again(Case *test, const EffectKind *kind, const json_t *params) {
    g_autofree char *once = snapshot(test);
    kinds_assert_seen(&test->world, kind, params, OBSERVED_SAME);
    g_autofree char *twice = snapshot(test);
    g_assert_cmpstr(once, ==, twice);
}

/* describe; undo of the never applied; apply; a second apply; undo; a second undo. */
static void test_promises(gconstpointer data) {
    const EffectKind *kind = data;
    g_autofree char *base = fs_make_temp_dir("slipway-contract", NULL);
    Case test;
    begin(&test, kind, base);
    g_autoptr(json_t) params = fill(&test, json_object_get(test.data, "params"));
    g_autofree char *line = kind->describe(params);
    g_assert_cmpuint(strlen(line), >, 8);
    g_assert_null(strchr(line, '\n'));
    g_autofree char *before = snapshot(&test);
    if (kind->undo != NULL)
        check_undo(&test, kind, params, before);
    if (!kind->volatile_outcome)
        kinds_assert_seen(&test.world, kind, params, OBSERVED_ABSENT);
    keep_given(&test, kind, params);
    json_decref(kinds_apply(&test.world, kind, params));
    if (!kind->volatile_outcome) {
        kinds_assert_seen(&test.world, kind, params, OBSERVED_SAME);
        apply_again(&test, kind, params);
    }
    if (kind->undo != NULL && !jsonx_bool(test.data, "leaves", false))
        check_undo(&test, kind, params, before);
    if (kind->undo == NULL)
        g_assert_true(g_str_has_prefix(kind->undo_note, "cannot be undone, because "));
    end(&test);
    fs_remove_tree(base, NULL);
}

/* What another hand did since is not thrown away. */
static void test_foreign(gconstpointer data) {
    const EffectKind *kind = data;
    g_autofree char *base = fs_make_temp_dir("slipway-contract", NULL);
    Case test;
    begin(&test, kind, base);
    g_autoptr(json_t) params = fill(&test, json_object_get(test.data, "params"));
    json_decref(kinds_apply(&test.world, kind, params));
    call_all(&test, "foreign");
    g_autofree char *before = snapshot(&test);
    kinds_assert_refused(&test.world, kind, kind->undo, params, ERROR_CONFLICT, "");
    g_autofree char *after = snapshot(&test);
    g_assert_cmpstr(before, ==, after);
    end(&test);
    fs_remove_tree(base, NULL);
}

/* A check that cannot fail is none. */
static void test_fails(gconstpointer data) {
    const EffectKind *kind = data;
    g_autofree char *base = fs_make_temp_dir("slipway-contract", NULL);
    Case test;
    begin(&test, kind, base);
    g_autoptr(json_t) params = fill(&test, json_object_get(test.data, "fails"));
    g_autoptr(GError) error = NULL;
    g_auto(EffectRun) run = {0};
    kinds_run(&test.world, kind, params, &run);
    g_assert_false(kind->apply(&run, &error));
    g_assert_nonnull(error);
    end(&test);
    fs_remove_tree(base, NULL);
}

static void test_refused(gconstpointer data) {
    const EffectKind *kind = data;
    g_autofree char *base = fs_make_temp_dir("slipway-contract", NULL);
    Case test;
    begin(&test, kind, base);
    const char *words = jsonx_string(test.data, "refused");
    g_autoptr(json_t) params = fill(&test, json_object_get(test.data, "params"));
    g_autofree char *line = kind->describe(params);
    g_assert_cmpuint(strlen(line), >, 8);
    g_assert_null(strchr(line, '\n'));
    g_autofree char *before = snapshot(&test);
    g_auto(EffectRun) run = {0};
    g_autoptr(GError) error = NULL;
    kinds_run(&test.world, kind, params, &run);
    g_assert_cmpint(kind->inspect(&run, &error), ==, OBSERVED_UNKNOWN);
    g_assert_nonnull(strstr(error->message, words));
    kinds_assert_refused(&test.world, kind, kind->apply, params, ERROR_CONFLICT, words);
    if (kind->undo != NULL)
        check_undo(&test, kind, params, before);
    else
        g_assert_true(g_str_has_prefix(kind->undo_note, "cannot be undone, because "));
    g_autofree char *after = snapshot(&test);
    g_assert_cmpstr(before, ==, after);
    end(&test);
    fs_remove_tree(base, NULL);
}

/* ---- no parameter leads out ---- */

/* What never is a path; all else may be one. Where a command writes is its own matter. */
static bool is_no_path(const char *key) {
    static const char *const keys[] = {"run",  "version_run", "check_run", "message",   "email",  "commit", "parent", "sha256", "target",
                                       "tag",  "release",     "remote",    "at",        "before", "after",  "mark",   "title",  "version",
                                       "kind", "branch",      "to",        "ecosystem", "body",   "link",   "forge",  NULL};
    return g_strv_contains(keys, key);
}

/* The n-th text in a value that may be a path becomes another one. */
static bool replace_text(json_t *value, guint *left, const char *text) {
    if (json_is_string(value)) {
        if ((*left)-- > 0)
            return false;
        json_string_set(value, text);
        return true;
    }
    bool done = false;
    for (gsize i = 0; json_is_array(value) && !done && i < json_array_size(value); i++)
        done = replace_text(json_array_get(value, i), left, text);
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        done = done || (!is_no_path(key) && replace_text(member, left, text));
    }
    return done;
}

/* What stands in a folder: names, sizes and times. */
static void add_state(GString *state, const char *folder) {
    g_autoptr(GPtrArray) names = fs_list(folder, NULL);
    g_string_append_printf(state, "%s:\n", folder);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        struct stat is;
        g_assert_cmpint(lstat(path, &is), ==, 0);
        g_string_append_printf(state, "%s %o %ld %ld.%ld\n", path, is.st_mode, (long)is.st_size, (long)is.st_mtim.tv_sec, is.st_mtim.tv_nsec);
    }
}

/* What no effect may touch: what is beside the tree and the run, and the settings and hooks of git. */
static char *outside(const Case *test) {
    GString *state = g_string_new(NULL);
    static const char *const places[] = {"victim", "victim/deep", "tree/.git/hooks", "tree/.git/info", "tree/module", "tree/module/.git"};
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(test->world.scratch, places[i], NULL);
        add_state(state, path);
    }
    return g_string_free(state, FALSE);
}

static void try_all(Case *test, const EffectKind *kind, const json_t *params) {
    g_auto(EffectRun) run = {0};
    g_autoptr(GError) looking = NULL;
    g_autoptr(GError) doing = NULL;
    g_autoptr(GError) undoing = NULL;
    kinds_run(&test->world, kind, params, &run);
    if (kind->inspect != NULL)
        kind->inspect(&run, &looking);
    if (!jsonx_bool(test->data, "slow", false))
        kind->apply(&run, &doing);
    if (kind->undo != NULL)
        kind->undo(&run, &undoing);
}

static void test_hostile(gconstpointer data) {
    const EffectKind *kind = data;
    g_autofree char *base = fs_make_temp_dir("slipway-contract", NULL);
    Case test;
    begin(&test, kind, base);
    static const char *const files[] = {"victim/a.txt", "victim/deep/b.txt", "tree/.git/hooks/pre-push.sample", "tree/module/.git/HEAD"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        kinds_write(test.world.scratch, files[i], "theirs\n");
    static const char *const texts[] = {"../victim", ".git/hooks", "@TREE@/.git/hooks", "module/x", "@WORK@"};
    g_autoptr(json_t) params = fill(&test, json_object_get(test.data, "params"));
    g_autofree char *before = outside(&test);
    bool more = true;
    for (guint leaf = 0; more; leaf++) {
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
            guint left = leaf;
            g_autoptr(json_t) changed = json_deep_copy(params);
            g_autofree char *text = substitute(&test, texts[i]);
            more = replace_text(changed, &left, text);
            if (more)
                try_all(&test, kind, changed);
            g_autofree char *after = outside(&test);
            g_autofree char *shown = jsonx_canonical(changed);
            if (!g_str_equal(before, after))
                g_error("%s, with %s:\n%s\nnot\n%s", kind->name, shown, after, before);
            g_assert_true(fs_exists(test.world.work));
        }
    }
    end(&test);
    fs_remove_tree(base, NULL);
}

/* ---- no parameter is hidden ---- */

typedef struct {
    const EffectKind *kind;
    json_t *params;
    char *shown;
} Hiding;

/* All that a person is asked to say yes to. */
static char *shown_of(const EffectKind *kind, const json_t *params) {
    g_autofree char *title = kind->describe(params);
    g_autofree char *detail = kind->detail != NULL ? kind->detail(params) : NULL;
    g_autofree char *rest = effect_rest(kind, params);
    return g_strdup_printf("%s\n%s\n%s", title, rest != NULL ? rest : "", detail != NULL ? detail : "");
}

static void assert_seen(const Hiding *hiding, const char *path, const char *what) {
    g_autofree char *now = shown_of(hiding->kind, hiding->params);
    if (g_str_equal(now, hiding->shown))
        g_error("%s: %s: %s is not shown:\n%s", hiding->kind->name, path, what, now);
}

typedef struct {
    json_t *parent;
    const char *key; /* NULL: an array's `index` */
    gsize index;
    const char *path;
} Spot;

static void put(const Spot *spot, json_t *value) {
    if (spot->key != NULL)
        json_object_set(spot->parent, spot->key, value);
    else
        json_array_set(spot->parent, spot->index, value);
}

/* Takes value. */
static void try_value(const Hiding *hiding, const Spot *spot, json_t *value) {
    json_t *old = json_incref(spot->key != NULL ? json_object_get(spot->parent, spot->key) : json_array_get(spot->parent, spot->index));
    g_autofree char *what = jsonx_canonical(value);
    put(spot, value);
    assert_seen(hiding, spot->path, what);
    put(spot, old);
    json_decref(old);
    json_decref(value);
}

static void try_text(const Hiding *hiding, const Spot *spot, const char *text) {
    g_autofree char *longer = g_strconcat(text, "~", NULL);
    g_autofree char *other = g_strdup(text);
    gsize length = strlen(other);
    if (length > 0)
        other[length - 1] = other[length - 1] == '0' ? '1' : '0';
    try_value(hiding, spot, json_string(longer));
    if (length > 0)
        try_value(hiding, spot, json_string(other));
}

static void try_reference(const Hiding *hiding, const Spot *spot, const json_t *value) {
    const char *effect = jsonx_string(value, "result"), *field = jsonx_string(value, "field");
    g_autofree char *other_effect = g_strconcat(effect, "/other", NULL);
    g_autofree char *other_field = g_strconcat(field, "-other", NULL);
    try_value(hiding, spot, json_pack("{s: s, s: s}", "result", other_effect, "field", field));
    try_value(hiding, spot, json_pack("{s: s, s: s}", "result", effect, "field", other_field));
}

static void try_spot(const Hiding *hiding, const Spot *spot, json_t *value);

static void try_rows(const Hiding *hiding, json_t *rows, const char *path) {
    for (gsize i = 0; i < json_array_size(rows); i++) {
        g_autoptr(json_t) row = json_incref(json_array_get(rows, i));
        g_autofree char *inner = g_strdup_printf("%s.%" G_GSIZE_FORMAT, path, i);
        try_spot(hiding, &(Spot){.parent = rows, .index = i, .path = inner}, row);
        json_array_remove(rows, i);
        assert_seen(hiding, inner, "that it is gone");
        json_array_insert(rows, i, row);
    }
    json_array_append_new(rows, json_string("more"));
    assert_seen(hiding, path, "one more");
    json_array_remove(rows, json_array_size(rows) - 1);
}

static void try_members(const Hiding *hiding, json_t *object, const char *path) {
    const char *key;
    json_t *member;
    json_object_foreach(object, key, member) {
        g_autofree char *inner = g_strdup_printf("%s.%s", path, key);
        try_spot(hiding, &(Spot){.parent = object, .key = key, .path = inner}, member);
    }
    json_object_set_new(object, "LD_PRELOAD", json_string("x"));
    assert_seen(hiding, path, "one more");
    json_object_del(object, "LD_PRELOAD");
}

static void try_spot(const Hiding *hiding, const Spot *spot, json_t *value) {
    if (json_is_string(value))
        try_text(hiding, spot, json_string_value(value));
    else if (json_is_integer(value))
        try_value(hiding, spot, json_integer(json_integer_value(value) + 1));
    else if (json_is_boolean(value))
        try_value(hiding, spot, json_boolean(!json_is_true(value)));
    else if (json_is_null(value))
        try_value(hiding, spot, json_string("x"));
    else if (jsonx_string(value, "result") != NULL)
        try_reference(hiding, spot, value);
    else if (json_is_array(value))
        try_rows(hiding, value, spot->path);
    else
        try_members(hiding, value, spot->path);
}

/* Every parameter, with the values of the data. */
static void test_shown(gconstpointer data) {
    const EffectKind *kind = data;
    g_autoptr(json_t) row = read_case(kind);
    Hiding hiding = {.kind = kind, .params = json_object_get(row, "params")};
    json_object_update(hiding.params, json_object_get(row, "more"));
    hiding.shown = shown_of(kind, hiding.params);
    try_members(&hiding, hiding.params, "");
    g_free(hiding.shown);
}

static void add(const EffectKind *kind) {
    g_autoptr(json_t) data = read_case(kind);
    g_autofree char *shown = g_strdup_printf("/effects/%s/shown", kind->name);
    g_test_add_data_func(shown, kind, test_shown);
    g_autofree char *promises = g_strdup_printf("/effects/%s/promises", kind->name);
    g_autofree char *foreign = g_strdup_printf("/effects/%s/foreign", kind->name);
    g_autofree char *fails = g_strdup_printf("/effects/%s/fails", kind->name);
    g_autofree char *refused = g_strdup_printf("/effects/%s/refused", kind->name);
    g_autofree char *hostile = g_strdup_printf("/effects/%s/hostile", kind->name);
    g_test_add_data_func(hostile, kind, test_hostile);
    if (json_object_get(data, "refused") != NULL) {
        g_test_add_data_func(refused, kind, test_refused);
        return;
    }
    g_test_add_data_func(promises, kind, test_promises);
    if (json_object_get(data, "foreign") != NULL)
        g_test_add_data_func(foreign, kind, test_foreign);
    if (kind->volatile_outcome)
        g_test_add_data_func(fails, kind, test_fails);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    const EffectKind *const *kinds = effect_kinds();
    for (guint i = 0; kinds[i] != NULL; i++)
        add(kinds[i]);
    return g_test_run();
}
