#include "base/fault.h"
#include "effects/repository.h"

#include <string.h>

static char *describe(const json_t *params) {
    g_autofree char *target = effects_value(params, "target");
    return g_strdup_printf("create annotated tag %s at %s%s", jsonx_string(params, "tag"), target, jsonx_bool(params, "sign", false) ? ", signed" : "");
}

static char *detail(const json_t *params) {
    const char *message = jsonx_string(params, "message");
    g_auto(GStrv) lines = g_strsplit(message != NULL ? message : "?", "\n", -1);
    g_autofree char *joined = g_strjoinv("\n    ", lines);
    return g_strdup_printf("    %s\n", g_strchomp(joined));
}

static char *ref_of(const EffectRun *run) {
    return g_strdup_printf("refs/tags/%s", jsonx_string(run->params, "tag"));
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = ref_of(run);
    GError *problem = NULL;
    g_autofree char *id = git_ref(git, ref, &problem);
    g_autofree char *type = id != NULL ? git_read(git, &problem, "cat-file", "-t", id, NULL) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return OBSERVED_UNKNOWN;
    }
    if (id == NULL)
        return OBSERVED_ABSENT;
    if (!g_str_equal(type, "tag"))
        return effect_saw(run, OBSERVED_DIFFERENT, "%s is a tag of another hand at %.12s", ref, id);
    g_autofree char *object = git_read(git, error, "cat-file", "tag", id, NULL);
    if (object == NULL)
        return OBSERVED_UNKNOWN;
    const char *target = jsonx_string(run->params, "target");
    g_autofree char *head = g_strdup_printf("object %s\ntype commit\ntag %s\ntagger ", target, jsonx_string(run->params, "tag"));
    if (!g_str_has_prefix(object, head) || !effects_same_object(object, "tagger", run->params))
        return effect_saw(run, OBSERVED_DIFFERENT, "%s is another tag than the planned one, at %.12s", ref, id);
    json_object_set_new(run->result, "object", json_string(id));
    json_object_set_new(run->result, "target", json_string(target));
    return OBSERVED_SAME;
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    GitTagSpec spec = {
        .name = jsonx_string(run->params, "tag"),
        .target = jsonx_string(run->params, "target"),
        .message = jsonx_string(run->params, "message"),
        .when = jsonx_int(run->params, "when", 0),
        .tagger_name = jsonx_string(run->params, "name"),
        .tagger_email = jsonx_string(run->params, "email"),
        .sign = jsonx_bool(run->params, "sign", false),
    };
    g_autofree char *object = git_make_tag(git, &spec, error);
    fault_point("tag-made", run->id);
    return object != NULL;
}

static bool undo(EffectRun *run, GError **error) {
    Observed seen = inspect(run, error);
    if (seen == OBSERVED_ABSENT)
        return true;
    if (seen == OBSERVED_UNKNOWN)
        return false;
    if (seen == OBSERVED_DIFFERENT) {
        error_set(error, ERROR_CONFLICT, "the tag %s is not the one that this run made", jsonx_string(run->params, "tag"));
        error_why(error, "%s", run->seen);
        error_fix(error, "see whose it is: git show %s", jsonx_string(run->params, "tag"));
        return false;
    }
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = ref_of(run);
    return git_move_ref(git, ref, jsonx_string(run->result, "object"), NULL, "slipway: abort", error);
}

const EffectKind effect_kind_tag = {
    .name = "tag",
    .doc = "makes an annotated tag, dated by the plan",
    .describe = describe,
    .detail = detail,
    .shown = "tag target message sign",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the tag is deleted, if it is the one that was made",
    .here = true,
};
