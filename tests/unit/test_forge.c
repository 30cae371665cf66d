/* What every forge does alike, tried over every row of forges.def; and what is the directory forge's own. */
#include "base/digest.h"
#include "base/fs.h"
#include "forge/forge.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK "slipway:v1.1.0:9f86d081884c7d65"
#define OTHER_MARK "slipway:v1.1.0:0000000000000000"
#define WHEN 1764000000

/* ---- a forge of each kind, empty: its parameters are in tests/contract/data/forges/KIND.json ---- */

typedef struct {
    char *scratch;
    char *file; /* a file to upload */
    json_t *params;
    Forge *forge;
} World;

static void write_file(const char *path, const char *text) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    fs_write(path, bytes, 0644, &error);
    g_assert_no_error(error);
}

/* Always in the same place: keys of fault points hold paths. */
static char *base;

static json_t *params_of(const char *kind, const char *scratch) {
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strconcat(kind, ".json", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "contract", "data", "forges", name, NULL);
    g_autoptr(GBytes) bytes = fs_read(path, 1 << 16, &error);
    g_assert_no_error(error);
    GString *text = g_string_new(g_bytes_get_data(bytes, NULL));
    g_string_replace(text, "@SCRATCH@", scratch, 0);
    json_t *params = jsonx_parse(text->str, text->len, 1 << 16, path, &error);
    g_assert_no_error(error);
    g_string_free(text, TRUE);
    return params;
}

static void world_begin(World *world, const char *kind) {
    g_autoptr(GError) error = NULL;
    world->scratch = g_build_filename(base, "world", NULL);
    g_assert_cmpint(g_mkdir(world->scratch, 0755), ==, 0);
    world->file = g_build_filename(world->scratch, "file", NULL);
    write_file(world->file, "asset's bytes\n");
    world->params = params_of(kind, world->scratch);
    world->forge = forge_open(world->params, &error);
    g_assert_no_error(error);
}

static void world_end(World *world) {
    forge_close(world->forge);
    json_decref(world->params);
    fs_remove_tree(world->scratch, NULL);
    g_free(world->scratch);
    g_free(world->file);
    *world = (World){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_end)

static ForgeRelease *wanted(const char *tag, const char *mark) {
    ForgeRelease *release = forge_release_new();
    release->tag = g_strdup(tag);
    release->name = g_strdup_printf("Demo %s", tag);
    release->notes = g_strdup("# Notes\n\n- **one** <script>alert(1)</script>\n- [bad](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
    release->target = g_strdup("11b2054aa1e4c0fe8a6f9b3f2b1b0a9d8c7e6f50");
    release->mark = g_strdup(mark);
    release->created = WHEN - 100;
    return release;
}

/* Shorter names for the calls; each asserts that it went well. */
static void ok(bool done, GError **error) {
    g_assert_no_error(*error);
    g_assert_true(done);
}

static void do_draft(World *world, const char *tag, const char *mark) {
    g_autoptr(GError) error = NULL;
    g_autoptr(ForgeRelease) release = wanted(tag, mark);
    ok(world->forge->kind->draft(world->forge, release, &error), &error);
}

static void do_upload(World *world, const char *tag, const char *name) {
    g_autoptr(GError) error = NULL;
    ok(world->forge->kind->upload(world->forge, tag, MARK, name, world->file, &error), &error);
}

static void do_publish(World *world, const char *tag, gint64 when) {
    g_autoptr(GError) error = NULL;
    ok(world->forge->kind->publish(world->forge, tag, MARK, &(ForgePublish){.when = when}, &error), &error);
}

static void do_withdraw(World *world, const char *tag) {
    g_autoptr(GError) error = NULL;
    ok(world->forge->kind->withdraw(world->forge, tag, MARK, &error), &error);
}

static void do_remove(World *world, const char *tag) {
    g_autoptr(GError) error = NULL;
    ok(world->forge->kind->remove_draft(world->forge, tag, MARK, &error), &error);
}

static void do_latest(World *world, const char *tag) {
    g_autoptr(GError) error = NULL;
    ok(world->forge->kind->set_latest(world->forge, tag, &error), &error);
}

static void whole_release(World *world, const char *tag, gint64 when) {
    do_draft(world, tag, MARK);
    do_upload(world, tag, "demo-1.1.0.tar.gz");
    do_upload(world, tag, "demo-1.1.0-py3-none-any.whl");
    do_publish(world, tag, when);
}

static ForgeRelease *find(World *world, const char *tag) {
    g_autoptr(GError) error = NULL;
    ForgeRelease *release = world->forge->kind->find(world->forge, tag, &error);
    g_assert_no_error(error);
    return release;
}

static void assert_state(World *world, const char *tag, ForgeState state) {
    g_autoptr(ForgeRelease) release = find(world, tag);
    g_assert_nonnull(release);
    g_assert_cmpstr(forge_state_name(release->state), ==, forge_state_name(state));
    g_assert_true(release->settled);
}

static void assert_latest(World *world, const char *tag) {
    g_autoptr(GError) error = NULL;
    g_autofree char *latest = world->forge->kind->latest(world->forge, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(latest, ==, tag);
}

static void assert_refused(bool done, GError **error, ErrorCode code) {
    g_assert_false(done);
    g_assert_nonnull(*error);
    if (!error_is(*error, code))
        g_error("refused with %s: %s", error_name(*error), (*error)->message);
    g_clear_error(error);
}

/* ---- the contract ---- */

static void test_life(gconstpointer kind) {
    g_auto(World) world = {0};
    world_begin(&world, kind);
    g_autoptr(ForgeRelease) none = find(&world, "v1.1.0");
    g_assert_null(none);
    assert_latest(&world, NULL);
    do_draft(&world, "v1.1.0", MARK);
    assert_state(&world, "v1.1.0", FORGE_DRAFT);
    do_upload(&world, "v1.1.0", "b.whl");
    do_upload(&world, "v1.1.0", "a.tar.gz");
    g_autoptr(ForgeRelease) draft = find(&world, "v1.1.0");
    g_assert_cmpstr(draft->name, ==, "Demo v1.1.0");
    g_assert_true(g_str_has_prefix(draft->notes, "# Notes\n"));
    g_assert_cmpstr(draft->target, ==, "11b2054aa1e4c0fe8a6f9b3f2b1b0a9d8c7e6f50");
    g_assert_cmpstr(draft->mark, ==, MARK);
    g_assert_cmpint(draft->created, ==, WHEN - 100);
    g_assert_cmpint(draft->published, ==, 0);
    g_assert_cmpuint(draft->assets->len, ==, 2);
    g_assert_cmpstr(((ForgeAsset *)draft->assets->pdata[0])->name, ==, "a.tar.gz");
    do_publish(&world, "v1.1.0", WHEN);
    do_latest(&world, "v1.1.0");
    assert_state(&world, "v1.1.0", FORGE_PUBLIC);
    assert_latest(&world, "v1.1.0");
    g_autoptr(ForgeRelease) public = find(&world, "v1.1.0");
    g_assert_true(public->latest);
    g_assert_cmpint(public->published, ==, WHEN);
    g_assert_cmpuint(public->assets->len, ==, 2);
    do_withdraw(&world, "v1.1.0");
    assert_state(&world, "v1.1.0", FORGE_WITHDRAWN);
    assert_latest(&world, NULL);
    do_publish(&world, "v1.1.0", WHEN + 50);
    assert_state(&world, "v1.1.0", FORGE_PUBLIC);
    g_autoptr(ForgeRelease) again = find(&world, "v1.1.0");
    g_assert_cmpint(again->published, ==, WHEN);
}

/* Each call a second time changes nothing and is no error. */
static void test_twice(gconstpointer kind) {
    g_auto(World) world = {0};
    world_begin(&world, kind);
    for (int i = 0; i < 2; i++)
        do_draft(&world, "v1.1.0", MARK);
    for (int i = 0; i < 2; i++)
        do_upload(&world, "v1.1.0", "a.whl");
    do_draft(&world, "v1.1.0", MARK);
    g_autoptr(ForgeRelease) draft = find(&world, "v1.1.0");
    g_assert_cmpuint(draft->assets->len, ==, 1);
    for (int i = 0; i < 2; i++)
        do_publish(&world, "v1.1.0", WHEN);
    for (int i = 0; i < 2; i++)
        do_latest(&world, "v1.1.0");
    for (int i = 0; i < 2; i++)
        do_withdraw(&world, "v1.1.0");
    do_draft(&world, "v1.2.0", MARK);
    for (int i = 0; i < 2; i++)
        do_remove(&world, "v1.2.0");
    do_remove(&world, "v9.9.9");
}

static void test_assets(gconstpointer kind) {
    g_auto(World) world = {0};
    g_autoptr(GError) error = NULL;
    world_begin(&world, kind);
    const ForgeKind *forge = world.forge->kind;
    do_draft(&world, "v1.1.0", MARK);
    do_upload(&world, "v1.1.0", "a.whl");
    do_upload(&world, "v1.1.0", "a.whl");
    g_autoptr(ForgeRelease) draft = find(&world, "v1.1.0");
    ForgeAsset *asset = forge_release_asset(draft, "a.whl");
    g_autoptr(GBytes) bytes = forge_asset_bytes(world.forge, draft, asset, 1024, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, 14);
    g_assert_cmpstr(g_bytes_get_data(bytes, NULL), ==, "asset's bytes\n");
    g_autofree char *expected = digest_string("asset's bytes\n");
    guint64 size = 0;
    ForgeWanted wanted = {.release = draft, .asset = asset, .limit = 14};
    g_autofree char *digest = forge_asset_digest(world.forge, &wanted, &size, &error);
    g_assert_cmpstr(digest, ==, expected);
    g_assert_cmpuint(size, ==, 14);
    g_autofree char *saved = g_build_filename(world.scratch, "saved", NULL);
    g_autofree char *again = NULL;
    ok(forge_asset_save(world.forge, &wanted, saved, &again, &error), &error);
    g_assert_cmpstr(again, ==, expected);
    g_autofree char *kept = digest_file(saved, NULL, NULL);
    g_assert_cmpstr(kept, ==, expected);
    g_assert_null(forge_asset_bytes(world.forge, draft, asset, 13, &error));
    assert_refused(false, &error, ERROR_TOO_LARGE);
    g_autoptr(GError) more = NULL, much = NULL;
    g_autofree char *not_kept = g_build_filename(world.scratch, "not-kept", NULL);
    wanted.limit = 13;
    g_assert_null(forge_asset_digest(world.forge, &wanted, &size, &more));
    assert_refused(false, &more, ERROR_TOO_LARGE);
    g_assert_cmpuint(size, <=, 13);
    assert_refused(forge_asset_save(world.forge, &wanted, not_kept, NULL, &much), &much, ERROR_TOO_LARGE);
    g_assert_false(g_file_test(not_kept, G_FILE_TEST_EXISTS));
    /* Other bytes under a name that is taken are somebody else's. */
    write_file(world.file, "other bytes\n");
    g_autoptr(GError) other = NULL;
    assert_refused(forge->upload(world.forge, "v1.1.0", MARK, "a.whl", world.file, &other), &other, ERROR_CONFLICT);
    g_autoptr(GError) gone = NULL;
    ok(forge->remove_asset(world.forge, "v1.1.0", MARK, "a.whl", &gone), &gone);
    ok(forge->remove_asset(world.forge, "v1.1.0", MARK, "a.whl", &gone), &gone);
    ok(forge->remove_asset(world.forge, "v9.9.9", MARK, "a.whl", &gone), &gone);
    g_autoptr(ForgeRelease) empty = find(&world, "v1.1.0");
    g_assert_cmpuint(empty->assets->len, ==, 0);
    g_assert_null(forge_asset_bytes(world.forge, draft, asset, 1024, &gone));
    assert_refused(false, &gone, ERROR_CONFLICT);
}

static void test_edit(gconstpointer kind) {
    g_auto(World) world = {0};
    g_autoptr(GError) error = NULL;
    world_begin(&world, kind);
    const ForgeKind *forge = world.forge->kind;
    assert_refused(forge->edit(world.forge, "v1.1.0", MARK, "Name", "Notes\n", &error), &error, ERROR_CONFLICT);
    whole_release(&world, "v1.0.0", WHEN);
    do_draft(&world, "v1.1.0", MARK);
    static const char *const tags[] = {"v1.0.0", "v1.1.0"};
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        g_autoptr(ForgeRelease) before = find(&world, tags[i]);
        g_autoptr(GError) problem = NULL, refusal = NULL;
        assert_refused(forge->edit(world.forge, tags[i], OTHER_MARK, "Name", "Notes\n", &refusal), &refusal, ERROR_CONFLICT);
        ok(forge->edit(world.forge, tags[i], MARK, "Another name", "Other notes\n", &problem), &problem);
        g_autoptr(ForgeRelease) after = find(&world, tags[i]);
        g_assert_cmpstr(after->name, ==, "Another name");
        g_assert_cmpstr(after->notes, ==, "Other notes\n");
        g_assert_true(after->settled && after->state == before->state && after->published == before->published);
        g_assert_cmpuint(after->assets->len, ==, before->assets->len);
    }
}

static void test_public_stays(gconstpointer kind) {
    g_auto(World) world = {0};
    world_begin(&world, kind);
    const ForgeKind *forge = world.forge->kind;
    whole_release(&world, "v1.1.0", WHEN);
    g_autoptr(ForgeRelease) again = wanted("v1.1.0", MARK);
    g_autoptr(GError) first = NULL;
    assert_refused(forge->draft(world.forge, again, &first), &first, ERROR_CONFLICT);
    g_autoptr(GError) second = NULL;
    assert_refused(forge->upload(world.forge, "v1.1.0", MARK, "late.whl", world.file, &second), &second, ERROR_CONFLICT);
    g_autoptr(GError) third = NULL;
    assert_refused(forge->remove_asset(world.forge, "v1.1.0", MARK, "demo-1.1.0.tar.gz", &third), &third, ERROR_CONFLICT);
    g_autoptr(GError) fourth = NULL;
    assert_refused(forge->remove_draft(world.forge, "v1.1.0", MARK, &fourth), &fourth, ERROR_CONFLICT);
    assert_state(&world, "v1.1.0", FORGE_PUBLIC);
}

static void assert_all_refused(World *world, const char *tag, const char *mark) {
    const ForgeKind *forge = world->forge->kind;
    g_autoptr(ForgeRelease) release = wanted(tag, mark);
    GError *error = NULL;
    assert_refused(forge->draft(world->forge, release, &error), &error, ERROR_CONFLICT);
    assert_refused(forge->upload(world->forge, tag, mark, "x.whl", world->file, &error), &error, ERROR_CONFLICT);
    assert_refused(forge->publish(world->forge, tag, mark, &(ForgePublish){.when = WHEN}, &error), &error, ERROR_CONFLICT);
    assert_refused(forge->withdraw(world->forge, tag, mark, &error), &error, ERROR_CONFLICT);
    assert_refused(forge->remove_draft(world->forge, tag, mark, &error), &error, ERROR_CONFLICT);
    assert_refused(forge->remove_asset(world->forge, tag, mark, "a.whl", &error), &error, ERROR_CONFLICT);
}

static void test_foreign_mark(gconstpointer kind) {
    g_auto(World) world = {0};
    world_begin(&world, kind);
    do_draft(&world, "v1.1.0", MARK);
    do_upload(&world, "v1.1.0", "a.whl");
    assert_all_refused(&world, "v1.1.0", OTHER_MARK);
    do_publish(&world, "v1.1.0", WHEN);
    assert_all_refused(&world, "v1.1.0", OTHER_MARK);
    assert_state(&world, "v1.1.0", FORGE_PUBLIC);
}

static void test_missing(gconstpointer kind) {
    g_auto(World) world = {0};
    world_begin(&world, kind);
    const ForgeKind *forge = world.forge->kind;
    g_autoptr(GError) first = NULL;
    assert_refused(forge->publish(world.forge, "v1.1.0", MARK, &(ForgePublish){.when = WHEN}, &first), &first, ERROR_CONFLICT);
    g_autoptr(GError) second = NULL;
    assert_refused(forge->upload(world.forge, "v1.1.0", MARK, "a.whl", world.file, &second), &second, ERROR_CONFLICT);
    do_draft(&world, "v1.1.0", MARK);
    g_autoptr(GError) third = NULL;
    assert_refused(forge->withdraw(world.forge, "v1.1.0", MARK, &third), &third, ERROR_CONFLICT);
    g_autoptr(GError) fourth = NULL;
    assert_refused(forge->set_latest(world.forge, "v1.1.0", &fourth), &fourth, ERROR_CONFLICT);
}

static void test_hostile_names(gconstpointer kind) {
    static const char *const names[] = {"", "..", ".hidden", "-x", "a/b", "a\nb", "a b", "caf\xc3\xa9", "a\\b", "a%2fb"};
    g_auto(World) world = {0};
    world_begin(&world, kind);
    do_draft(&world, "v1.1.0", MARK);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        assert_refused(world.forge->kind->upload(world.forge, "v1.1.0", MARK, names[i], world.file, &error), &error, ERROR_UNTRUSTED_PATH);
    }
}

static void test_list(gconstpointer kind) {
    g_auto(World) world = {0};
    g_autoptr(GError) error = NULL;
    world_begin(&world, kind);
    whole_release(&world, "v1.0.0", WHEN);
    whole_release(&world, "lib/v2.0.0", WHEN + 10);
    whole_release(&world, "v1.1.0", WHEN + 20);
    do_draft(&world, "v1.2.0", MARK);
    do_withdraw(&world, "v1.1.0");
    do_latest(&world, "v1.0.0");
    g_autoptr(GPtrArray) releases = world.forge->kind->list(world.forge, &error);
    g_assert_no_error(error);
    static const char *const order[] = {"v1.1.0", "lib/v2.0.0", "v1.0.0"};
    g_assert_cmpuint(releases->len, ==, G_N_ELEMENTS(order));
    for (guint i = 0; i < releases->len; i++) {
        const ForgeRelease *release = releases->pdata[i];
        g_assert_cmpstr(release->tag, ==, order[i]);
        g_assert_cmpint(release->latest, ==, i == 2);
    }
}

/* ---- the directory forge's own ---- */

static void add_snapshot(GString *out, const char *path, const char *shown) {
    struct stat info;
    g_assert_cmpint(lstat(path, &info), ==, 0);
    if (S_ISLNK(info.st_mode)) {
        g_autofree char *target = g_file_read_link(path, NULL);
        g_string_append_printf(out, "%s -> %s\n", shown, target);
        return;
    }
    if (S_ISREG(info.st_mode)) {
        g_autofree char *digest = digest_file(path, NULL, NULL);
        g_string_append_printf(out, "%s %s %o\n", shown, digest, info.st_mode & 0777);
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

static char *snapshot(const World *world) {
    GString *out = g_string_new(NULL);
    add_snapshot(out, world->scratch, ".");
    return g_string_free(out, FALSE);
}

static char *in_forge(const World *world, const char *path) {
    return g_build_filename(world->scratch, "out", "forge", path, NULL);
}

static char *read_in_forge(const World *world, const char *path) {
    g_autofree char *whole = in_forge(world, path);
    g_autoptr(GBytes) bytes = fs_read(whole, 1 << 20, NULL);
    g_assert_nonnull(bytes);
    return g_strdup(g_bytes_get_data(bytes, NULL));
}

static void test_no_trace(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    g_autofree char *before = snapshot(&world);
    do_draft(&world, "v1.1.0", MARK);
    do_upload(&world, "v1.1.0", "a.whl");
    do_remove(&world, "v1.1.0");
    g_autofree char *after = snapshot(&world);
    g_assert_cmpstr(before, ==, after);
    /* A folder that was there stays. */
    g_autofree char *forge = in_forge(&world, "");
    fs_make_dirs(forge, 0755, NULL);
    g_autofree char *with_folder = snapshot(&world);
    do_draft(&world, "v1.1.0", MARK);
    do_draft(&world, "v1.2.0", MARK);
    do_remove(&world, "v1.1.0");
    do_remove(&world, "v1.2.0");
    g_autofree char *with_folder_after = snapshot(&world);
    g_assert_cmpstr(with_folder, ==, with_folder_after);
}

static void test_draft_is_hidden(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    whole_release(&world, "v1.0.0", WHEN);
    g_autofree char *page = read_in_forge(&world, "index.html");
    do_draft(&world, "v1.1.0", MARK);
    do_upload(&world, "v1.1.0", "a.whl");
    g_autofree char *same = read_in_forge(&world, "index.html");
    g_assert_cmpstr(page, ==, same);
    g_autofree char *folder = in_forge(&world, "v1.1.0");
    g_assert_false(fs_exists(folder));
}

static void test_pages(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    g_autoptr(GError) error = NULL;
    g_autoptr(ForgeRelease) release = wanted("lib/v1.1.0", MARK);
    g_free(release->name);
    release->name = g_strdup("A <b>&\"name\"");
    ok(world.forge->kind->draft(world.forge, release, &error), &error);
    do_upload(&world, "lib/v1.1.0", "demo+x-1.1.0.whl");
    do_publish(&world, "lib/v1.1.0", WHEN);
    do_latest(&world, "lib/v1.1.0");
    g_autofree char *page = read_in_forge(&world, "index.html");
    g_assert_nonnull(strstr(page, "A &lt;b&gt;&amp;&quot;name&quot;"));
    g_assert_nonnull(strstr(page, "href=\"lib~v1.1.0/assets/demo+x-1.1.0.whl\""));
    g_assert_nonnull(strstr(page, "2025-11-24"));
    g_assert_nonnull(strstr(page, "<strong>one</strong>"));
    g_assert_nonnull(strstr(page, "<table>\n<thead>"));
    g_assert_nonnull(strstr(page, "badge latest"));
    g_assert_null(strstr(page, "<script"));
    g_assert_null(strstr(page, "javascript:"));
    g_assert_null(strstr(page, "A <b>"));
    g_autofree char *own = read_in_forge(&world, "latest/index.html");
    g_assert_nonnull(strstr(own, "href=\"assets/demo+x-1.1.0.whl\""));
    do_withdraw(&world, "lib/v1.1.0");
    g_autofree char *after = read_in_forge(&world, "lib~v1.1.0/index.html");
    g_assert_nonnull(strstr(after, "badge withdrawn"));
}

static void test_many_releases(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    for (int i = 0; i < 13; i++) {
        g_autofree char *tag = g_strdup_printf("v1.%d.0", i);
        do_draft(&world, tag, MARK);
        do_publish(&world, tag, WHEN + i);
    }
    g_autofree char *page = read_in_forge(&world, "index.html");
    g_assert_nonnull(strstr(page, "Older releases"));
    g_assert_nonnull(strstr(page, "href=\"v1.0.0/index.html\""));
}

static void test_tags(void) {
    static const char *const bad[] = {"",     ".",    "..",  "a/../b", "/a",     "a/",         "a//b",  "-v1",   "a/-b",       ".hidden",
                                      "a/.b", "v1\n", "v 1", "a~b",    "latest", "index.html", "v1..2", "v1\\2", "caf\xc3\xa9"};
    static const char *const good[] = {"v1.0.0", "lib/v1.0.0", "@scope/pkg@1.0.0-rc.1+b", "a/b/c"};
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ForgeRelease) release = wanted(bad[i], MARK);
        assert_refused(world.forge->kind->draft(world.forge, release, &error), &error, ERROR_UNTRUSTED_PATH);
    }
    for (guint i = 1; i < G_N_ELEMENTS(good); i++) {
        if (good[i][0] != '@')
            do_draft(&world, good[i], MARK);
    }
    do_draft(&world, good[2], MARK);
    assert_state(&world, good[2], FORGE_DRAFT);
}

static void test_foreign_content(void) {
    static const char *const files[] = {"index.html", "latest", "v1.1.0", "v1.1.0/release.json"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_auto(World) world = {0};
        world_begin(&world, "directory");
        g_autofree char *path = in_forge(&world, files[i]);
        g_autofree char *folder = g_path_get_dirname(path);
        fs_make_dirs(folder, 0755, NULL);
        write_file(path, "{\"schema\": 7}");
        g_autoptr(GError) error = NULL;
        g_autoptr(ForgeRelease) release = wanted("v1.1.0", MARK);
        assert_refused(world.forge->kind->draft(world.forge, release, &error), &error, ERROR_CONFLICT);
        g_autofree char *stays = read_in_forge(&world, files[i]);
        g_assert_cmpstr(stays, ==, "{\"schema\": 7}");
    }
}

/* A folder that somebody else put there cannot bring its own HTML onto the page. */
static void test_foreign_release(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    whole_release(&world, "v1.0.0", WHEN);
    g_autofree char *folder = in_forge(&world, "v\"><script>");
    fs_make_dirs(folder, 0755, NULL);
    g_autofree char *record = g_build_filename(folder, "release.json", NULL);
    g_autofree char *notes = g_build_filename(folder, "notes.md", NULL);
    write_file(record,
               "{\"schema\": 1, \"tag\": \"v\\\"><script>\", \"mark\": \"m\", \"name\": \"n\", \"target\": \"t\", \"state\": \"public\", \"published\": 5}");
    write_file(notes, "n");
    do_latest(&world, "v1.0.0");
    g_autofree char *page = read_in_forge(&world, "index.html");
    g_assert_null(strstr(page, "<script>"));
}

/* What is not slipway's stays, and does not become public with a draft. */
static void test_foreign_in_draft(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    do_draft(&world, "v1.1.0", MARK);
    do_upload(&world, "v1.1.0", "a.whl");
    g_autofree char *path = in_forge(&world, ".drafts/v1.1.0/assets/evil.whl");
    write_file(path, "x");
    g_autoptr(GError) publish = NULL;
    assert_refused(world.forge->kind->publish(world.forge, "v1.1.0", MARK, &(ForgePublish){.when = WHEN}, &publish), &publish, ERROR_CONFLICT);
    g_autoptr(GError) removal = NULL;
    assert_refused(world.forge->kind->remove_draft(world.forge, "v1.1.0", MARK, &removal), &removal, ERROR_CONFLICT);
    g_assert_true(fs_exists(path));
}

static void test_latest_is_not_followed(void) {
    static const char *const targets[] = {"/etc", "../out", "v9.9.9", ".drafts", "x/../v1.0.0"};
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    whole_release(&world, "v1.0.0", WHEN);
    g_autofree char *link = in_forge(&world, "latest");
    for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_unlink(link);
        g_assert_cmpint(symlink(targets[i], link), ==, 0);
        assert_latest(&world, NULL);
    }
    do_latest(&world, "v1.0.0");
    assert_latest(&world, "v1.0.0");
}

static void test_half_upload(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    do_draft(&world, "v1.1.0", MARK);
    do_upload(&world, "v1.1.0", "a.whl");
    g_autofree char *path = in_forge(&world, ".drafts/v1.1.0/assets/a.whl");
    write_file(path, "as");
    g_autoptr(ForgeRelease) half = find(&world, "v1.1.0");
    g_assert_cmpuint(half->assets->len, ==, 0);
    g_autoptr(GError) error = NULL;
    assert_refused(world.forge->kind->publish(world.forge, "v1.1.0", MARK, &(ForgePublish){.when = WHEN}, &error), &error, ERROR_CONFLICT);
    do_upload(&world, "v1.1.0", "a.whl");
    do_publish(&world, "v1.1.0", WHEN);
}

static void test_unsettled(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    whole_release(&world, "v1.1.0", WHEN);
    g_autofree char *path = in_forge(&world, "index.html");
    g_unlink(path);
    g_autoptr(ForgeRelease) release = find(&world, "v1.1.0");
    g_assert_false(release->settled);
    do_publish(&world, "v1.1.0", WHEN);
    assert_state(&world, "v1.1.0", FORGE_PUBLIC);
}

/* ---- killed at every fault point ---- */

static void publish_all(World *world) {
    whole_release(world, "v1.1.0", WHEN);
    do_latest(world, "v1.1.0");
}

static void draft_and_remove(World *world) {
    do_draft(world, "v1.1.0", MARK);
    do_upload(world, "v1.1.0", "a.whl");
    do_remove(world, "v1.1.0");
}

static void publish_and_withdraw(World *world) {
    g_autoptr(ForgeRelease) release = find(world, "v1.1.0");
    if (release == NULL || release->state == FORGE_DRAFT)
        publish_all(world);
    do_withdraw(world, "v1.1.0");
}

/* Like a resumed run: what is done already is not done again. */
static void resume_publish(World *world) {
    g_autoptr(ForgeRelease) release = find(world, "v1.1.0");
    if (release != NULL && release->state == FORGE_PUBLIC && release->settled)
        do_latest(world, "v1.1.0");
    else if (release != NULL && release->state == FORGE_PUBLIC)
        do_publish(world, "v1.1.0", WHEN), do_latest(world, "v1.1.0");
    else
        publish_all(world);
}

static void abort_draft(World *world) {
    do_remove(world, "v1.1.0");
}

typedef struct {
    const char *title;
    void (*act)(World *world);   /* is killed */
    void (*mend)(World *world);  /* is called after it */
    void (*ideal)(World *world); /* what it must come to */
} Crash;

static void nothing(World *world) {
    (void)world;
}

static const Crash crashes[] = {
    {"publish, resume", publish_all, resume_publish, publish_all},
    {"draft, abort", draft_and_remove, abort_draft, nothing},
    {"withdraw, resume", publish_and_withdraw, publish_and_withdraw, publish_and_withdraw},
};

/* In a child, because hits are counted per process: `act` with the environment variable set (NULL: none). Returns its wait status. */
static int in_child(World *world, void (*act)(World *world), const char *variable, const char *value) {
    pid_t pid = fork();
    if (pid == 0) {
        if (variable != NULL)
            setenv(variable, value, 1);
        act(world);
        _exit(0);
    }
    int status = 0;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    return status;
}

static char *ideal_of(const Crash *crash) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    g_assert_cmpint(in_child(&world, crash->ideal, NULL, NULL), ==, 0);
    return snapshot(&world);
}

static char **fault_keys(const Crash *crash) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    g_autofree char *log = g_strconcat(world.scratch, "-log", NULL);
    g_assert_cmpint(in_child(&world, crash->act, "SLIPWAY_FAULT_LOG", log), ==, 0);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(log, &text, NULL, NULL))
        return g_new0(char *, 1);
    g_unlink(log);
    return g_strsplit(g_strchomp(text), "\n", -1);
}

static void try_kill(const Crash *crash, const char *key, const char *ideal) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    int status = in_child(&world, crash->act, "SLIPWAY_FAULT_KILL", key);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        g_error("%s: \"%s\" was not hit", crash->title, key);
    g_assert_cmpint(in_child(&world, crash->mend, NULL, NULL), ==, 0);
    g_autofree char *is = snapshot(&world);
    if (strcmp(is, ideal) != 0)
        g_error("%s: killed at \"%s\":\n%s\nand not:\n%s", crash->title, key, is, ideal);
}

static void test_killed(gconstpointer data) {
    const Crash *crash = data;
    g_autofree char *ideal = ideal_of(crash);
    g_auto(GStrv) keys = fault_keys(crash);
    for (guint i = 0; keys[i] != NULL; i++)
        try_kill(crash, keys[i], ideal);
    g_test_message("%u fault points", g_strv_length(keys));
    if (keys[0] == NULL)
        g_test_skip("built without fault points");
}

/* Several at once: each asset of a draft from its own thread. */
static gpointer upload_one(gpointer data) {
    World *world = data;
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("%p-%d.bin", (void *)g_thread_self(), i);
        do_upload(world, "v1.1.0", name);
    }
    return NULL;
}

static void test_at_once(void) {
    g_auto(World) world = {0};
    world_begin(&world, "directory");
    do_draft(&world, "v1.1.0", MARK);
    GThread *threads[4];
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("upload", upload_one, &world);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    g_autoptr(ForgeRelease) release = find(&world, "v1.1.0");
    g_assert_cmpuint(release->assets->len, ==, 20);
}

static void test_open(void) {
    const char *const bad[] = {"{\"kind\": \"nowhere\"}", "{}", "{\"kind\": \"directory\"}", "{\"kind\": \"directory\", \"path\": \"relative\"}"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) params = jsonx_parse(bad[i], strlen(bad[i]), 1024, "test", NULL);
        g_assert_null(forge_open(params, &error));
        g_assert_true(error_is(error, ERROR_CONFIG));
    }
}

typedef struct {
    const char *name;
    void (*run)(gconstpointer kind);
} Contract;

static const Contract contracts[] = {
    {"life", test_life},
    {"twice", test_twice},
    {"assets", test_assets},
    {"edit", test_edit},
    {"public-stays", test_public_stays},
    {"foreign-mark", test_foreign_mark},
    {"missing", test_missing},
    {"hostile-names", test_hostile_names},
    {"list", test_list},
};

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    base = fs_make_temp_dir("slipway-forge", NULL);
    for (const ForgeKind *const *kind = forge_kinds(); *kind != NULL; kind++) {
        /* Those on a server are tried against emulators: tests/system/test_forge_contract.py. */
        for (guint i = 0; i < G_N_ELEMENTS(contracts) && (*kind)->locate == NULL; i++) {
            g_autofree char *path = g_strdup_printf("/forge/%s/%s", (*kind)->name, contracts[i].name);
            g_test_add_data_func(path, (*kind)->name, contracts[i].run);
        }
    }
    g_test_add_func("/forge/open", test_open);
    g_test_add_func("/forge/directory/no-trace", test_no_trace);
    g_test_add_func("/forge/directory/draft-is-hidden", test_draft_is_hidden);
    g_test_add_func("/forge/directory/pages", test_pages);
    g_test_add_func("/forge/directory/many-releases", test_many_releases);
    g_test_add_func("/forge/directory/tags", test_tags);
    g_test_add_func("/forge/directory/foreign-content", test_foreign_content);
    g_test_add_func("/forge/directory/foreign-release", test_foreign_release);
    g_test_add_func("/forge/directory/foreign-in-draft", test_foreign_in_draft);
    g_test_add_func("/forge/directory/latest-is-not-followed", test_latest_is_not_followed);
    g_test_add_func("/forge/directory/half-upload", test_half_upload);
    g_test_add_func("/forge/directory/unsettled", test_unsettled);
    g_test_add_func("/forge/directory/at-once", test_at_once);
    for (guint i = 0; i < G_N_ELEMENTS(crashes); i++) {
        g_autofree char *path = g_strdup_printf("/forge/directory/killed/%u", i);
        g_test_add_data_func(path, &crashes[i], test_killed);
    }
    int status = g_test_run();
    fs_remove_tree(base, NULL);
    g_free(base);
    return status;
}
