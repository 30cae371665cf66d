#include "cli/how.h"

const char *how_read(const How *how, char **args, GError **error) {
    const char *given[8] = {0};
    guint count = 0;
    if (how->patch)
        given[count++] = "patch";
    if (how->minor)
        given[count++] = "minor";
    if (how->major)
        given[count++] = "major";
    if (how->set != NULL)
        given[count++] = how->set;
    for (guint i = 0; args[i] != NULL && count < 8; i++)
        given[count++] = args[i];
    if (count > 1)
        error_set(error, ERROR_USAGE, "one version is wanted, not both %s and %s", given[0], given[1]);
    return count == 1 ? given[0] : NULL;
}

const char *how_required(const How *how, char **args, const char *command, GError **error) {
    GError *problem = NULL;
    const char *wanted = how_read(how, args, &problem);
    if (wanted == NULL && problem == NULL)
        error_set(&problem, ERROR_USAGE, "which version? patch, minor, major or X.Y.Z");
    if (problem == NULL)
        return wanted;
    error_fix(&problem, "slipway %s minor", command);
    g_propagate_error(error, problem);
    return NULL;
}
