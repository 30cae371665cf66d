#include "cli/file.h"

#include "base/fs.h"

bool file_write(const char *option, const char *path, GBytes *bytes, GError **error) {
    if (fs_write(path, bytes, 0, error))
        return true;
    error_state(error, "the file was not written");
    error_fix(error, "name a file in a folder that is there and can be written to: --%s FILE", option);
    return false;
}
