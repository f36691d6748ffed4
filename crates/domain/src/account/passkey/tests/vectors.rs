//! Test vectors of Web Authentication Level 3, section 16: 16.3 (self attestation with ES256) and
//! 16.4 (none, in a frame of another site).

use countersign_token::base64url;
use serde_json::json;

use super::super::cose;
use super::super::fixtures::{NOW, challenge, to_register};
use super::super::{PasskeyRefusal, RelyingParty, verify_registration, verify_sign_in};
use crate::account::PasskeyChallenge;
use crate::ids::TenantId;

const ID: &str = "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c";
const CREATED: &str = "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5";
const CREATED_CLIENT_DATA: &str = r#"{"type":"webauthn.create","challenge":"eGnCt3LUtY66k3jPjynibPk1qnffDaifqZwL3Ap29-U","origin":"https://example.org","crossOrigin":false,"extraData":"clientDataJSON may be extended with additional fields in the future, such as this: U9hTXvKE2URkMnb_0xYHVg"}"#;
const CREATED_OBJECT: &str = "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2";
const GOT: &str = "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b";
const GOT_CLIENT_DATA: &str = r#"{"type":"webauthn.get","challenge":"RHihCxNSNI3RYME1Ow1Gm12xnrkcJ_ffpv7Tn-Jq8gs","origin":"https://example.org","crossOrigin":false,"extraData":"clientDataJSON may be extended with additional fields in the future, such as this: gTb53rz6EhSWomXGzimC1Q"}"#;
const GOT_DATA: &str = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000";
const GOT_SIGNATURE: &str = "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66";

const FRAMED_ID: &str = "6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57";
const FRAMED: &str = "3be5aacd03537142472340ab5969f240f1d87716e20b6807ac230655fa4b3b49";
const FRAMED_CLIENT_DATA: &str = r#"{"type":"webauthn.create","challenge":"O-WqzQNTcUJHI0CrWWnyQPHYdxbiC2gHrCMGVfpLO0k","origin":"https://example.org","crossOrigin":true,"extraData":"clientDataJSON may be extended with additional fields in the future, such as this: zZquEtDR9DWqpW5tBWTFug"}"#;
const FRAMED_OBJECT: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b54500000000883f4f6014f19c09d87aa38123be48d000206e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57a501020326200121582022200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d225820cbd0be95e746ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e";

fn example_org() -> RelyingParty {
    RelyingParty {
        id: "example.org".to_owned(),
        origin: "https://example.org".to_owned(),
        name: "Test vectors".to_owned(),
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16);
    digits.map(|pair| byte(pair).expect("hex")).collect()
}

fn given(challenge_hex: &str, is_registration: bool) -> PasskeyChallenge {
    let bytes = from_hex(challenge_hex).try_into().expect("32 bytes");
    let user_id = to_register().user_id.filter(|_| is_registration);
    challenge(bytes, user_id)
}

fn registration(id: &str, client_data: &str, object: &str) -> String {
    let id = base64url::encode(&from_hex(id));
    let response = json!({
        "clientDataJSON": base64url::encode(client_data.as_bytes()),
        "attestationObject": base64url::encode(&from_hex(object)),
    });
    json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
}

#[test]
fn self_attestation_with_es256() {
    let rp = example_org();
    let response = registration(ID, CREATED_CLIENT_DATA, CREATED_OBJECT);
    let new = verify_registration(&rp, &response, &given(CREATED, true), NOW).expect("holds");
    assert!(new.is_backed_up);
    let passkey = new.named(TenantId::new(uuid::Uuid::nil()), String::new(), NOW);

    let (data, signature) = (from_hex(GOT_DATA), from_hex(GOT_SIGNATURE));
    let signed = super::super::client_data::signed(&data, GOT_CLIENT_DATA.as_bytes());
    let held = cose::verify(passkey.algorithm, &passkey.public_key, &signed, &signature);
    assert_eq!(held, Ok(()));

    // The vector's flags do not say that the user was verified, which we insist on.
    let response = json!({
        "clientDataJSON": base64url::encode(GOT_CLIENT_DATA.as_bytes()),
        "authenticatorData": base64url::encode(&data),
        "signature": base64url::encode(&signature),
        "userHandle": base64url::encode(passkey.user_id.uuid().as_bytes()),
    });
    let (id, kind) = (&passkey.id, "public-key");
    let response = json!({ "id": id, "rawId": id, "type": kind, "response": response }).to_string();
    let outcome = verify_sign_in(&rp, &response, &given(GOT, false), &passkey, NOW);
    assert_eq!(outcome, Err(PasskeyRefusal::NotVerified));
}

#[test]
fn a_frame_of_another_site_is_refused() {
    let rp = example_org();
    let framed = registration(FRAMED_ID, FRAMED_CLIENT_DATA, FRAMED_OBJECT);
    let outcome = verify_registration(&rp, &framed, &given(FRAMED, true), NOW);
    assert_eq!(outcome, Err(PasskeyRefusal::CrossOrigin));

    let alone = FRAMED_CLIENT_DATA.replace("\"crossOrigin\":true", "\"crossOrigin\":false");
    let alone = registration(FRAMED_ID, &alone, FRAMED_OBJECT);
    let outcome = verify_registration(&rp, &alone, &given(FRAMED, true), NOW);
    assert!(outcome.is_ok(), "{outcome:?}");
}
