/* slipway.yaml: any bytes are a configuration or an error that says where. */
#include "project/config.h"
#include "fuzz/fuzz.h"

#include <string.h>

#define WHERE "slipway.yaml"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse((const char *)data, size, WHERE, &error);
    PROMISE((config == NULL) == (error != NULL));
    if (config == NULL) {
        PROMISE(strstr(error->message, WHERE) != NULL);
        return 0;
    }
    g_autoptr(Config) again = config_parse((const char *)data, size, WHERE, NULL);
    PROMISE(json_is_object(config->values) && again != NULL && json_equal(again->values, config->values));
    return 0;
}
