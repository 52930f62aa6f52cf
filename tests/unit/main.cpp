// Catch2 with its own main, which takes long to compile: built once and shared by all variants.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
