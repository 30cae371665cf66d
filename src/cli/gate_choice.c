#include "cli/gate_choice.h"

static guint count(char **words) {
    return words != NULL ? g_strv_length(words) : 0;
}

bool gate_choice_check(const GateOptions *options, GError **error) {
    guint skipped = count(options->skip);
    guint reasons = count(options->reasons);
    bool said = skipped == reasons;
    for (guint i = 0; said && i < reasons; i++) {
        g_autofree char *reason = g_strstrip(g_strdup(options->reasons[i]));
        said = *reason != '\0';
    }
    if (said)
        return true;
    if (skipped >= reasons)
        error_set(error, ERROR_USAGE, "why is the gate %s skipped? each --skip NAME needs its --reason TEXT", options->skip[MIN(reasons, skipped - 1)]);
    else
        error_set(error, ERROR_USAGE, "a --reason without its --skip NAME");
    error_state(error, "nothing was changed");
    error_fix(error, "--skip %s --reason \"why it may be left out this time\"", skipped > 0 ? options->skip[0] : "NAME");
    return false;
}

GateChoice gate_choice(const GateOptions *options) {
    return (GateChoice){
        .skip = (const char *const *)options->skip,
        .reasons = (const char *const *)options->reasons,
        .no_cache = options->no_cache,
        .offline = options->offline,
        .update_baseline = options->update_baseline,
    };
}
