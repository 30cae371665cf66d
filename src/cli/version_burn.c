#include "cli/version_burn.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/session.h"

#include <stdio.h>
#include <string.h>

/* Why the remote's list is not known. Borrowed. */
static const GError *problem_of(const World *world) {
    return world->remote_problem != NULL ? world->remote_problem : world->burned_problem;
}

void version_burn_warn(const World *world) {
    g_autofree char *text = problem_of(world) != NULL ? text_escape(problem_of(world)->message, -1, false) : NULL;
    if (text != NULL)
        fprintf(stderr, "! what is burned on %s is not known: %s\n", world->remote, text);
}

static void print_json(const json_t *document) {
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
}

/* ---- burned ---- */

static json_t *row_of(const char *version, char *source) {
    json_t *row = json_pack("{s: o, s: o}", "version", jsonx_text(version), "source", jsonx_text(source));
    g_free(source);
    return row;
}

static json_t *row_of_remote(const World *world, const ShareBurned *burned) {
    json_t *row = row_of(burned->version, g_strdup_printf("%s on %s", SHARE_BURNED_REF, world->remote));
    json_object_set_new(row, "tag", jsonx_text(burned->tag));
    json_object_set_new(row, "reason", jsonx_text(burned->reason));
    json_object_set_new(row, "who", jsonx_text(burned->who));
    json_object_set_new(row, "when", json_integer(burned->when));
    return row;
}

static const char *config_name(const World *world) {
    return world->config->path != NULL ? world->config->path : "slipway.yaml";
}

/* From the three places that there are. */
static json_t *all_burned(const World *world) {
    json_t *rows = json_array();
    for (guint i = 0; world->burned != NULL && i < world->burned->len; i++)
        json_array_append_new(rows, row_of_remote(world, g_ptr_array_index(world->burned, i)));
    g_autoptr(json_t) words = config_words(world->config, "version.burned");
    for (gsize i = 0; i < json_array_size(words); i++)
        json_array_append_new(rows, row_of(json_string_value(json_array_get(words, i)), g_strdup_printf("version.burned in %s", config_name(world))));
    const GPtrArray *sections = world->changelog != NULL ? changelog_sections(world->changelog) : NULL;
    for (guint i = 0; sections != NULL && i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        if (section->yanked && section->version != NULL)
            json_array_append_new(rows, row_of(section->version, g_strdup_printf("%s:%u, [YANKED]", world_changelog_path(world), section->line)));
    }
    return rows;
}

static void print_row(const json_t *row) {
    g_autofree char *version = text_escape(jsonx_string(row, "version"), -1, false);
    g_autofree char *source = text_escape(jsonx_string(row, "source"), -1, false);
    g_autofree char *tag = text_escape(jsonx_string(row, "tag"), -1, false);
    g_autofree char *reason = text_escape(jsonx_string(row, "reason"), -1, false);
    g_autofree char *who = text_escape(jsonx_string(row, "who"), -1, false);
    g_autofree char *date = clock_date(jsonx_int(row, "when", 0));
    if (*tag != '\0')
        printf("%s  %s\n  tag %s, burned by %s on %s; %s\n", version, reason, tag, who, date, source);
    else
        printf("%s  %s\n", version, source);
}

int version_burned(bool json, GError **error) {
    g_autoptr(World) world = world_open(".", &(WorldOptions){.remote = true}, error);
    if (world == NULL)
        return 0;
    g_autoptr(json_t) rows = all_burned(world);
    const GError *problem = problem_of(world);
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i, s: O, s: o}", "schema", 1, "burned", rows, "problem", problem ? error_to_json(problem) : json_null());
        print_json(document);
        return problem != NULL ? error_exit_status(problem) : 0;
    }
    for (gsize i = 0; i < json_array_size(rows); i++)
        print_row(json_array_get(rows, i));
    if (problem != NULL)
        g_propagate_error(error, g_error_copy(problem));
    else if (json_array_size(rows) == 0)
        puts("no version is burned");
    return 0;
}

/* ---- burn ---- */

/* What the user writes instead, the words that are there already among them. */
static void fix_by_config(const World *world, const char *version, GError **error) {
    g_autoptr(json_t) words = config_words(world->config, "version.burned");
    g_autoptr(GString) line = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(words); i++)
        g_string_append_printf(line, "\"%s\", ", json_string_value(json_array_get(words, i)));
    error_state(error, "nothing was changed");
    error_fix(error, "write it into %s and commit that: version: {burned: [%s\"%s\"]}", config_name(world), line->str, version);
}

static bool may_write(const World *world, const char *version, GError **error) {
    bool off = share_when(config_string(world->config, "journal.share")) == SHARE_OFF;
    if (world->remote_url == NULL)
        error_set(error, ERROR_NO_REMOTE, "there is no remote %s that could tell other clones of it", world->remote);
    else if (off)
        error_set(error, ERROR_CONFIG, "journal.share is off: slipway writes nothing to refs/slipway on %s", world->remote);
    else
        return true;
    fix_by_config(world, version, error);
    return false;
}

static void say(const World *world, const ShareBurned *burned) {
    g_autofree char *url = text_escape(world->remote_url, -1, false);
    g_autofree char *reason = text_escape(burned->reason, -1, false);
    g_autofree char *ref = g_strconcat("refs/tags/", burned->tag, NULL);
    printf("burn      %s (tag %s): %s\n", burned->version, burned->tag, reason);
    printf("remote    %s (%s): who can read it can read this, and no clone uses the version again\n", world->remote, url);
    if (world_remote_id(world, ref) != NULL)
        printf("tag       %s is there and stays as it is, and so does a release of it\n", burned->tag);
}

static void show(const World *world, const ShareBurned *burned, bool already, bool json) {
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i}", "schema", 1);
        g_autoptr(json_t) row = row_of_remote(world, burned);
        json_object_update(document, row);
        json_object_set_new(document, "remote", json_string(world->remote));
        json_object_set_new(document, "already", json_boolean(already));
        print_json(document);
    } else {
        printf(already ? "%s is burned already\n" : "%s is burned\n", burned->version);
    }
}

/* As it stands on the remote, by whomever; NULL: it does not. Borrowed. */
static const ShareBurned *there(const World *world, const char *tag) {
    for (guint i = 0; world->burned != NULL && i < world->burned->len; i++) {
        const ShareBurned *burned = g_ptr_array_index(world->burned, i);
        if (g_str_equal(burned->tag, tag))
            return burned;
    }
    return NULL;
}

static int burn(const World *world, const ShareBurned *burned, const VersionBurnOptions *options, GError **error) {
    const ShareBurned *before = there(world, burned->tag);
    bool already = before != NULL;
    if (already) {
        show(world, before, true, options->json);
        return 0;
    }
    if (!options->json)
        say(world, burned);
    g_autofree char *question = g_strdup_printf("Burn %s, for every clone and for ever?", burned->version);
    if (!session_confirm(question, options->yes, error))
        return 0;
    GError *problem = NULL;
    if (share_burn(world->git, world->remote, burned, &already, &problem)) {
        show(world, burned, already, options->json);
        return 0;
    }
    if (error_is(problem, ERROR_PUSH_REJECTED))
        fix_by_config(world, burned->version, &problem);
    g_propagate_error(error, problem);
    return 0;
}

static const char *const usage_fix = "slipway version burn 1.2.3 --reason \"why it must not be used\"";

/* One line of text; NULL with USAGE. g_free. */
static char *read_reason(const VersionBurnOptions *options, GError **error) {
    g_autofree char *reason = g_strstrip(g_strdelimit(g_strdup(options->reason != NULL ? options->reason : ""), "\r\n\t", ' '));
    bool fine = *reason != '\0' && strlen(reason) <= SHARE_REASON_LIMIT && g_utf8_validate(reason, -1, NULL);
    if (fine)
        return g_steal_pointer(&reason);
    error_set(error, ERROR_USAGE, "a version is burned with a reason: --reason");
    error_why(error, "whoever is refused the version reads it: at most %u bytes of UTF-8, not empty", SHARE_REASON_LIMIT);
    error_fix(error, "%s", usage_fix);
    return NULL;
}

int version_burn(const char *wanted, const VersionBurnOptions *options, GError **error) {
    g_autoptr(Version) version = version_parse(wanted, error);
    g_autofree char *reason = version != NULL ? read_reason(options, error) : NULL;
    g_autoptr(World) world = reason != NULL ? world_open(".", &(WorldOptions){.remote = true}, error) : NULL;
    g_autofree char *text = version != NULL ? version_to_string(version) : NULL;
    if (world == NULL || !may_write(world, text, error))
        return 0;
    if (problem_of(world) != NULL) {
        g_propagate_error(error, g_error_copy(problem_of(world)));
        return 0;
    }
    g_autoptr(ShareBurned) burned = g_new0(ShareBurned, 1);
    *burned = (ShareBurned){g_steal_pointer(&text), world_tag(world, version), g_steal_pointer(&reason), share_who(world->git), world->now};
    return burn(world, burned, options, error);
}
