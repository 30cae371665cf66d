/* The kinds of effects on releases: what the contract suite, which tries every kind alike, does not ask. */
#include "base/digest.h"
#include "base/process.h"
#include "effects/talk.h"
#include "kinds.h"

#include <glib/gstdio.h>

extern const EffectKind effect_kind_draft, effect_kind_upload, effect_kind_check_draft, effect_kind_publish, effect_kind_latest, effect_kind_withdraw,
    effect_kind_check_published, effect_kind_comment, effect_kind_open_issue;

#define TARGET "11b2054aa1e4c0fe8a6f9b3f2b1b0a9d8c7e6f50"

static char *base;

/* ---- parameters ---- */

static json_t *forge_params(const KindsWorld *world) {
    return json_pack("{s:s, s:o}", "kind", "directory", "path", jsonx_path(world->forge));
}

static json_t *add_file(KindsWorld *world, json_t *files, const char *name, const char *text) {
    g_autofree char *folder = g_build_filename(world->work, "artifacts", NULL);
    g_autofree char *digest = digest_string(text);
    kinds_write(folder, name, text);
    json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)strlen(text), "sha256", digest));
    return files;
}

static json_t *two_files(KindsWorld *world) {
    g_autofree char *one = digest_string("one\n");
    g_autofree char *sums = g_strdup_printf("%s  one.txt\n", one);
    json_t *files = add_file(world, json_array(), "SHA256SUMS", sums);
    return add_file(world, files, "one.txt", "one\n");
}

static json_t *draft_params(KindsWorld *world, const char *tag) {
    json_t *release = json_pack("{s:s, s:s, s:s, s:s, s:b, s:I}", "tag", tag, "name", "Demo", "notes", "# Notes\n", "target", TARGET, "prerelease", 0,
                                "created", (json_int_t)KINDS_WHEN);
    return json_pack("{s:o, s:o, s:o}", "forge", forge_params(world), "release", release, "files", two_files(world));
}

static json_t *asset_params(KindsWorld *world, const char *tag) {
    g_autofree char *folder = g_build_filename(world->work, "artifacts", NULL);
    return json_pack("{s:o, s:s, s:o, s:o, s:s, s:I}", "forge", forge_params(world), "tag", tag, "folder", jsonx_path(folder), "files", two_files(world),
                     "target", TARGET, "when", (json_int_t)KINDS_WHEN);
}

static json_t *latest_params(KindsWorld *world, const char *tag) {
    return json_pack("{s:o, s:s, s:b, s:s}", "forge", forge_params(world), "tag", tag, "latest", 1, "newest", tag);
}

static void done(KindsWorld *world, const EffectKind *kind, const json_t *params) {
    g_autoptr(json_t) result = kinds_apply(world, kind, params);
    g_assert_true(json_is_object(result));
    if (kind->inspect != NULL)
        kinds_assert_seen(world, kind, params, OBSERVED_SAME);
}

static void publish_all(KindsWorld *world, const char *tag) {
    g_autoptr(json_t) draft = draft_params(world, tag);
    g_autoptr(json_t) assets = asset_params(world, tag);
    done(world, &effect_kind_draft, draft);
    done(world, &effect_kind_upload, assets);
    done(world, &effect_kind_check_draft, draft);
    done(world, &effect_kind_publish, assets);
}

static char *in_forge(const KindsWorld *world, const char *path) {
    return g_build_filename(world->forge, path, NULL);
}

static char *latest_of(const KindsWorld *world) {
    g_autofree char *link = in_forge(world, "latest");
    return g_file_read_link(link, NULL);
}

/* ---- the life of a release, and back ---- */

static void test_life(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    g_autoptr(json_t) latest = latest_params(&world, "v1.1.0");
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_ABSENT);
    kinds_assert_seen(&world, &effect_kind_upload, assets, OBSERVED_ABSENT);
    kinds_assert_seen(&world, &effect_kind_publish, assets, OBSERVED_ABSENT);
    publish_all(&world, "v1.1.0");
    kinds_assert_seen(&world, &effect_kind_latest, latest, OBSERVED_ABSENT);
    done(&world, &effect_kind_latest, latest);
    done(&world, &effect_kind_check_published, assets);
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_SAME);
    kinds_undo(&world, &effect_kind_latest, latest);
    g_assert_null(latest_of(&world));
    kinds_undo(&world, &effect_kind_publish, assets);
    kinds_undo(&world, &effect_kind_publish, assets);
    kinds_assert_seen(&world, &effect_kind_publish, assets, OBSERVED_ABSENT);
    kinds_assert_refused(&world, &effect_kind_check_published, effect_kind_check_published.apply, assets, ERROR_NOT_VERIFIED, "withdrawn");
    kinds_assert_refused(&world, &effect_kind_draft, effect_kind_draft.undo, draft, ERROR_CONFLICT, "withdrawn");
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_DIFFERENT);
}

static void test_draft_of_others(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    done(&world, &effect_kind_draft, draft);
    world.site.mark = "slipway:v1.1.0:other";
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_DIFFERENT);
    kinds_assert_seen(&world, &effect_kind_upload, assets, OBSERVED_DIFFERENT);
    kinds_assert_seen(&world, &effect_kind_publish, assets, OBSERVED_DIFFERENT);
    kinds_assert_refused(&world, &effect_kind_draft, effect_kind_draft.apply, draft, ERROR_CONFLICT, "belongs to another run");
    kinds_assert_refused(&world, &effect_kind_upload, effect_kind_upload.apply, assets, ERROR_CONFLICT, "belongs to another run");
    kinds_assert_refused(&world, &effect_kind_draft, effect_kind_draft.undo, draft, ERROR_CONFLICT, "belongs to another run");
}

/* Of the same name and the same size, and yet another. */
static void test_upload_is_held_against_digests(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    g_autofree char *other = digest_string("two\n");
    done(&world, &effect_kind_draft, draft);
    done(&world, &effect_kind_upload, assets);
    json_object_set_new(json_array_get(json_object_get(assets, "files"), 1), "sha256", json_string(other));
    kinds_assert_seen(&world, &effect_kind_upload, assets, OBSERVED_PARTIAL);
}

/* Its own draft with other words is completed, not refused. */
static void test_draft_is_completed(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    done(&world, &effect_kind_draft, draft);
    json_object_set_new(json_object_get(draft, "release"), "name", json_string("Other"));
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_PARTIAL);
    done(&world, &effect_kind_draft, draft);
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_SAME);
}

/* What a person wrote into a draft's notes stays, and is shown; that they are gone is a difference. */
static void test_edited_notes_stay(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    done(&world, &effect_kind_draft, draft);
    done(&world, &effect_kind_upload, assets);
    kinds_write(world.forge, ".drafts/v1.1.0/notes.md", "# Better words\n");
    kinds_assert_seen(&world, &effect_kind_draft, draft, OBSERVED_SAME);
    done(&world, &effect_kind_draft, draft);
    done(&world, &effect_kind_check_draft, draft);
    g_autofree char *path = in_forge(&world, ".drafts/v1.1.0/notes.md");
    g_autofree char *notes = NULL;
    g_assert_true(g_file_get_contents(path, &notes, NULL, NULL));
    g_assert_cmpstr(notes, ==, "# Better words\n");
    kinds_write(world.forge, ".drafts/v1.1.0/notes.md", "\n");
    kinds_assert_refused(&world, &effect_kind_check_draft, effect_kind_check_draft.apply, draft, ERROR_NOT_VERIFIED, "found none");
}

static void test_upload_in_parts(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    done(&world, &effect_kind_draft, draft);
    done(&world, &effect_kind_upload, assets);
    g_autofree char *asset = in_forge(&world, ".drafts/v1.1.0/assets/one.txt");
    g_unlink(asset);
    kinds_assert_seen(&world, &effect_kind_upload, assets, OBSERVED_PARTIAL);
    g_autofree char *folder = g_build_filename(world.work, "artifacts", NULL);
    kinds_write(folder, "one.txt", "changed\n");
    kinds_assert_refused(&world, &effect_kind_upload, effect_kind_upload.apply, assets, ERROR_NOT_VERIFIED, "one.txt is not what was proven");
    kinds_write(folder, "one.txt", "one\n");
    done(&world, &effect_kind_upload, assets);
    kinds_undo(&world, &effect_kind_upload, assets);
    kinds_undo(&world, &effect_kind_upload, assets);
    kinds_assert_seen(&world, &effect_kind_upload, assets, OBSERVED_ABSENT);
    kinds_undo(&world, &effect_kind_draft, draft);
    kinds_undo(&world, &effect_kind_upload, assets);
    g_assert_false(fs_exists(world.forge));
}

/* ---- checks ---- */

static void test_check_draft_sees(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    kinds_assert_refused(&world, &effect_kind_check_draft, effect_kind_check_draft.apply, draft, ERROR_NOT_VERIFIED, "found not there");
    done(&world, &effect_kind_draft, draft);
    kinds_assert_refused(&world, &effect_kind_check_draft, effect_kind_check_draft.apply, draft, ERROR_NOT_VERIFIED, "asset one.txt: planned 4 bytes");
    done(&world, &effect_kind_upload, assets);
    done(&world, &effect_kind_check_draft, draft);
    kinds_write(world.forge, ".drafts/v1.1.0/assets/one.txt", "two\n");
    kinds_assert_refused(&world, &effect_kind_check_draft, effect_kind_check_draft.apply, draft, ERROR_NOT_VERIFIED, "asset one.txt: planned 4 bytes");
    kinds_write(world.forge, ".drafts/v1.1.0/assets/one.txt", "one\n");
    json_array_remove(json_object_get(draft, "files"), 0);
    kinds_assert_refused(&world, &effect_kind_check_draft, effect_kind_check_draft.apply, draft, ERROR_NOT_VERIFIED,
                         "asset SHA256SUMS: planned none of this name");
    json_object_set_new(json_object_get(draft, "release"), "target", json_string("other"));
    kinds_assert_refused(&world, &effect_kind_check_draft, effect_kind_check_draft.apply, draft, ERROR_NOT_VERIFIED, "target: planned other");
}

static void test_check_published_sees(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    publish_all(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    done(&world, &effect_kind_check_published, assets);
    kinds_write(world.forge, "v1.1.0/assets/one.txt", "two\n");
    kinds_assert_refused(&world, &effect_kind_check_published, effect_kind_check_published.apply, assets, ERROR_NOT_VERIFIED, "asset one.txt");
    kinds_write(world.forge, "v1.1.0/assets/one.txt", "one\n");
    kinds_write(world.forge, "index.html", "gone\n");
    kinds_assert_refused(&world, &effect_kind_check_published, effect_kind_check_published.apply, assets, ERROR_NOT_VERIFIED, "not all that belongs to it");
}

/* The list of checksums itself is checked, line by line. */
static void test_check_published_reads_sums(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    json_t *files = json_object_get(assets, "files");
    json_array_clear(files);
    add_file(&world, files, "one.txt", "one\n");
    g_autofree char *zeros = g_strnfill(DIGEST_HEX_LENGTH, '0');
    g_autofree char *sums = g_strdup_printf("%s  one.txt\n%s  two.txt\n", zeros, zeros);
    add_file(&world, files, "SHA256SUMS", sums);
    done(&world, &effect_kind_draft, draft);
    done(&world, &effect_kind_upload, assets);
    done(&world, &effect_kind_publish, assets);
    kinds_assert_refused(&world, &effect_kind_check_published, effect_kind_check_published.apply, assets, ERROR_NOT_VERIFIED, "or another digest, for one.txt");
    kinds_assert_refused(&world, &effect_kind_check_published, effect_kind_check_published.apply, assets, ERROR_NOT_VERIFIED, "names two.txt");
}

/* ---- latest ---- */

static void test_latest_never_goes_back(void) {
    static const char *const tags[] = {"v1.9.0", "v1.10.0", "v1.9.1", "lib/v3.0.0"};
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++)
        publish_all(&world, tags[i]);
    g_autoptr(json_t) newest = latest_params(&world, "v1.10.0");
    done(&world, &effect_kind_latest, newest);
    g_hash_table_remove_all(world.kept);
    g_autoptr(json_t) hotfix = latest_params(&world, "v1.9.1");
    kinds_assert_seen(&world, &effect_kind_latest, hotfix, OBSERVED_SAME);
    done(&world, &effect_kind_latest, hotfix);
    g_assert_nonnull(strstr(world.said->str, "v1.10.0 stays the latest"));
    g_autofree char *latest = latest_of(&world);
    g_assert_cmpstr(latest, ==, "v1.10.0");
    kinds_undo(&world, &effect_kind_latest, hotfix);
    g_autofree char *still = latest_of(&world);
    g_assert_cmpstr(still, ==, "v1.10.0");
}

static void test_latest_is_put_back(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    publish_all(&world, "v1.0.0");
    publish_all(&world, "v1.1.0");
    publish_all(&world, "v1.2.0");
    g_autoptr(json_t) first = latest_params(&world, "v1.2.0");
    g_autoptr(json_t) withdrawal = asset_params(&world, "v1.2.0");
    done(&world, &effect_kind_latest, first);
    done(&world, &effect_kind_withdraw, withdrawal);
    g_assert_null(latest_of(&world));
    kinds_undo(&world, &effect_kind_withdraw, withdrawal);
    g_autofree char *again = latest_of(&world);
    g_assert_cmpstr(again, ==, "v1.2.0");
    done(&world, &effect_kind_withdraw, withdrawal);
    g_hash_table_remove_all(world.kept);
    g_autoptr(json_t) second = latest_params(&world, "v1.1.0");
    done(&world, &effect_kind_latest, second);
    g_autofree char *link = in_forge(&world, "latest");
    g_unlink(link);
    g_assert_cmpint(symlink("v1.0.0", link), ==, 0);
    kinds_assert_refused(&world, &effect_kind_latest, effect_kind_latest.undo, second, ERROR_CONFLICT, "set by somebody else");
}

static void test_withdraw_needs_a_public_one(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    kinds_assert_seen(&world, &effect_kind_withdraw, assets, OBSERVED_DIFFERENT);
    done(&world, &effect_kind_draft, draft);
    kinds_assert_seen(&world, &effect_kind_withdraw, assets, OBSERVED_DIFFERENT);
    kinds_assert_refused(&world, &effect_kind_withdraw, effect_kind_withdraw.apply, assets, ERROR_CONFLICT, "no published release");
    /* A later run may withdraw an earlier one's release: it says whose it is. */
    done(&world, &effect_kind_upload, assets);
    done(&world, &effect_kind_publish, assets);
    g_hash_table_remove_all(world.kept);
    world.site.mark = "slipway:rollback:2";
    kinds_assert_refused(&world, &effect_kind_withdraw, effect_kind_withdraw.apply, assets, ERROR_CONFLICT, "belongs to another run");
    json_object_set_new(assets, "mark", json_string(KINDS_MARK));
    done(&world, &effect_kind_withdraw, assets);
}

/* ---- the tag on the remote ---- */

static char *git(const KindsWorld *world, const char *const *words) {
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    static const char *const first[] = {"git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main", NULL};
    for (guint i = 0; first[i] != NULL; i++)
        g_ptr_array_add(argv, (char *)first[i]);
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add(argv, (char *)words[i]);
    g_ptr_array_add(argv, NULL);
    ProcessSpec spec = {.argv = (const char *const *)argv->pdata, .cwd = world->tree};
    g_auto(ProcessResult) result = {0};
    g_assert_true(process_run(&spec, &result, NULL));
    g_assert_true(process_ok(&result));
    return g_strchomp(g_strdup(process_text(result.out)));
}
#define GIT(world, ...) git(world, (const char *const[]){__VA_ARGS__, NULL})

static void test_publish_needs_the_tag(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autofree char *remote = g_build_filename(world.scratch, "origin.git", NULL);
    g_free(GIT(&world, "init", "-q", "."));
    g_free(GIT(&world, "init", "-q", "--bare", remote));
    g_free(GIT(&world, "remote", "add", "origin", remote));
    g_free(GIT(&world, "commit", "-q", "--allow-empty", "-m", "one"));
    g_autofree char *commit = GIT(&world, "rev-parse", "HEAD");
    g_autoptr(json_t) draft = draft_params(&world, "v1.1.0");
    g_autoptr(json_t) assets = asset_params(&world, "v1.1.0");
    json_object_set_new(assets, "remote", json_string("origin"));
    json_object_set_new(assets, "target", json_string(commit));
    done(&world, &effect_kind_draft, draft);
    done(&world, &effect_kind_upload, assets);
    kinds_assert_refused(&world, &effect_kind_publish, effect_kind_publish.apply, assets, ERROR_REMOTE_MOVED, "it is not there");
    g_free(GIT(&world, "commit", "-q", "--allow-empty", "-m", "two"));
    g_free(GIT(&world, "tag", "-a", "-m", "x", "v1.1.0"));
    g_free(GIT(&world, "push", "-q", "origin", "v1.1.0"));
    kinds_assert_refused(&world, &effect_kind_publish, effect_kind_publish.apply, assets, ERROR_REMOTE_MOVED, "is not the planned commit");
    g_free(GIT(&world, "tag", "-f", "-a", "-m", "x", "v1.1.0", commit));
    g_free(GIT(&world, "push", "-q", "-f", "origin", "v1.1.0"));
    done(&world, &effect_kind_publish, assets);
}

/* ---- hostile and unfinished plans ---- */

static void test_describe_anything(void) {
    static const EffectKind *const kinds[] = {&effect_kind_draft,           &effect_kind_upload,  &effect_kind_check_draft,
                                              &effect_kind_publish,         &effect_kind_latest,  &effect_kind_withdraw,
                                              &effect_kind_check_published, &effect_kind_comment, &effect_kind_open_issue};
    static const char *const texts[] = {
        "{}", "[]", "7", "{\"forge\": 7, \"release\": [], \"tag\": {}, \"files\": \"x\"}",
        "{\"files\": {\"result\": \"prove/artifacts\", \"field\": \"files\"}, \"release\": {\"target\": {\"result\": \"a\", \"field\": \"b\"}}}"};
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    for (guint i = 0; i < G_N_ELEMENTS(kinds) * G_N_ELEMENTS(texts); i++)
        kinds_assert_bears(&world, kinds[i % G_N_ELEMENTS(kinds)], texts[i / G_N_ELEMENTS(kinds)]);
}

static void test_describe_references(void) {
    const char *text =
        "{\"forge\": {\"kind\": \"directory\", \"path\": \"/srv/out\"}, \"tag\": \"v1\", \"files\": {\"result\": \"prove/artifacts\", \"field\": \"files\"}}";
    g_autoptr(json_t) params = jsonx_parse(text, strlen(text), 1024, "test", NULL);
    g_autofree char *line = effect_kind_upload.describe(params);
    g_assert_cmpstr(line, ==, "upload <prove/artifacts.files> to the draft v1 on the directory forge /srv/out");
}

/* What is said holds an address that the forge gave: it ends no link, and {link} in other text stays. */
static void test_said_with_its_link(void) {
    static const struct {
        const char *url, *said;
    } rows[] = {
        {"\"https://h.example/a/v1%20x?y=1#z\"", "Out: [v1](https://h.example/a/v1%20x?y=1#z), {link}"},
        {"\"https://h.example/) <img src=x> [b](c\"", "Out: [v1](https://h.example/%29%20%3Cimg%20src=x%3E%20[b]%28c), {link}"},
        {"\"https://h.example/\\n\\\\`*\"", "Out: [v1](https://h.example/%0A%5C%60*), {link}"},
        {"\"javascript:alert(1)\"", "Out: v1, {link}"},
        {"\"\"", "Out: v1, {link}"},
        {"null", "Out: v1, {link}"},
        {"7", "Out: v1, {link}"},
    };
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("{\"body\": \"Out: {link}, {link}\", \"link\": \"v1\", \"url\": %s}", rows[i].url);
        g_autoptr(json_t) params = jsonx_parse(text, strlen(text), 1024, "test", NULL);
        g_auto(EffectRun) run = {0};
        kinds_run(&world, &effect_kind_comment, params, &run);
        g_autofree char *said = effects_talk_body(&run, NULL);
        g_assert_cmpstr(said, ==, rows[i].said);
    }
}

static void test_numbers_are_bounded(void) {
    g_auto(KindsWorld) world = {0};
    kinds_begin(&world, base);
    g_autoptr(json_t) params = json_pack("{s:o, s:s, s:s, s:s}", "forge", forge_params(&world), "tag", "v1", "body", "{link}", "link", "v1");
    json_t *numbers = json_array();
    json_object_set_new(params, "numbers", numbers);
    for (guint i = 0; i < 101; i++)
        json_array_append_new(numbers, json_integer(i + 1));
    kinds_assert_refused(&world, &effect_kind_comment, effect_kind_comment.apply, params, ERROR_PLAN_BROKEN, "at most 100");
    g_autofree char *line = effect_kind_comment.describe(params);
    g_assert_nonnull(strstr(line, "#1, #2, #3, #4, #5 and 96 more"));
    json_array_clear(numbers);
    json_array_append_new(numbers, json_string("1"));
    kinds_assert_refused(&world, &effect_kind_comment, effect_kind_comment.apply, params, ERROR_PLAN_BROKEN, "numbers");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    base = fs_make_temp_dir("slipway-kinds", NULL);
    g_test_add_func("/release-kinds/life", test_life);
    g_test_add_func("/release-kinds/draft-of-others", test_draft_of_others);
    g_test_add_func("/release-kinds/draft-is-completed", test_draft_is_completed);
    g_test_add_func("/release-kinds/edited-notes-stay", test_edited_notes_stay);
    g_test_add_func("/release-kinds/upload-in-parts", test_upload_in_parts);
    g_test_add_func("/release-kinds/check-draft-sees", test_check_draft_sees);
    g_test_add_func("/release-kinds/check-published-sees", test_check_published_sees);
    g_test_add_func("/release-kinds/check-published-reads-sums", test_check_published_reads_sums);
    g_test_add_func("/release-kinds/upload-digests", test_upload_is_held_against_digests);
    g_test_add_func("/release-kinds/latest-never-goes-back", test_latest_never_goes_back);
    g_test_add_func("/release-kinds/latest-is-put-back", test_latest_is_put_back);
    g_test_add_func("/release-kinds/withdraw-needs-a-public-one", test_withdraw_needs_a_public_one);
    g_test_add_func("/release-kinds/publish-needs-the-tag", test_publish_needs_the_tag);
    g_test_add_func("/release-kinds/describe-anything", test_describe_anything);
    g_test_add_func("/release-kinds/describe-references", test_describe_references);
    g_test_add_func("/release-kinds/said-with-its-link", test_said_with_its_link);
    g_test_add_func("/release-kinds/numbers-are-bounded", test_numbers_are_bounded);
    int status = g_test_run();
    fs_remove_tree(base, NULL);
    g_free(base);
    return status;
}
