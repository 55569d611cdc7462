// OpenSSL 3 libcrypto for Swift: the headers, and functions for macros that Swift cannot import (those with a cast or a
// variadic call).
#ifndef ASSENT_COPENSSL_SHIM_H
#define ASSENT_COPENSSL_SHIM_H

// Hides the functions that OpenSSL 3 deprecates, so that code which uses one does not compile.
#ifndef OPENSSL_NO_DEPRECATED
#define OPENSSL_NO_DEPRECATED
#endif

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/opensslv.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#if OPENSSL_VERSION_MAJOR < 3
#error "OpenSSL 3 is needed"
#endif

static inline EVP_PKEY *assent_p256_generate(void) { return EVP_EC_gen("P-256"); }

static inline void assent_openssl_free(void *pointer) { OPENSSL_free(pointer); }

// Selections of EVP_PKEY_fromdata, macros of macros.
static inline int assent_selection_public_key(void) { return EVP_PKEY_PUBLIC_KEY; }
static inline int assent_selection_key_pair(void) { return EVP_PKEY_KEYPAIR; }

// An OSSL_PARAM keeps the pointer to its name: these live as long as the process, a bridged Swift string does not.
static inline const char *assent_param_digest(void) { return OSSL_MAC_PARAM_DIGEST; }
static inline const char *assent_param_group(void) { return OSSL_PKEY_PARAM_GROUP_NAME; }
static inline const char *assent_param_private_key(void) { return OSSL_PKEY_PARAM_PRIV_KEY; }
static inline const char *assent_param_public_key(void) { return OSSL_PKEY_PARAM_PUB_KEY; }

#endif
