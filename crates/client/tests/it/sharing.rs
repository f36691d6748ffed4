//! Tokens shared between processes. Each client here stands for one: they have nothing in common
//! but the file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use countersign_client::{Client, FileCache};

use crate::authority::{Authority, SCOPE, TENANT, is_for, number};

fn client(authority: &Authority, file: &Path) -> Client {
    let builder = authority.builder().file_cache(FileCache::new(file));
    builder.build().expect("complete")
}

async fn number_of(client: &Client) -> usize {
    number(client.token(SCOPE).await.expect("a token").secret())
}

#[tokio::test]
async fn a_second_process_finds_the_token_of_the_first() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    let first = client(&authority, &file);
    let second = client(&authority, &file);
    assert_eq!(number_of(&first).await, 1);
    assert_eq!(number_of(&second).await, 1);
    let ends =
        |client: Client| async move { client.token(SCOPE).await.expect("cached").expires_at() };
    let (first, second) = (ends(first).await, ends(second).await);
    let apart = first
        .duration_since(second)
        .unwrap_or_else(|error| error.duration());
    assert!(apart < Duration::from_secs(2), "{apart:?}");
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn cli_04_tokens_of_other_tenants_clients_and_scopes_are_not_taken() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    number_of(&client(&authority, &file)).await;
    for (tenant, id, scope) in [
        (
            "99999999-2222-3333-4444-555555555555",
            crate::authority::CLIENT,
            SCOPE,
        ),
        (TENANT, "another", SCOPE),
        (TENANT, crate::authority::CLIENT, "api://other/.default"),
    ] {
        let other = Client::builder(&authority.base, tenant, id)
            .dangerous_loopback_http()
            .credential(countersign_client::Credential::secret("s"))
            .file_cache(FileCache::new(&file))
            .build()
            .expect("complete");
        let token = other.token(scope).await.expect("a token");
        assert!(is_for(token.secret(), id, scope, ""));
        assert_ne!(number(token.secret()), 1);
    }
    assert_eq!(authority.count(), 4);
}

#[tokio::test]
async fn a_token_that_is_due_is_not_taken_from_the_file() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    let clock = Arc::new(AtomicU64::new(1_800_000_000));
    let new = || {
        let clock = Arc::clone(&clock);
        let read = move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst));
        let builder = authority
            .builder()
            .file_cache(FileCache::new(&file))
            .wall_clock(read);
        builder.build().expect("complete")
    };
    assert_eq!(number_of(&new()).await, 1);
    clock.fetch_add(3000, Ordering::SeqCst);
    assert_eq!(number_of(&new()).await, 1);
    clock.fetch_add(400, Ordering::SeqCst);
    assert_eq!(number_of(&new()).await, 2);
    // Set back by a day, the times in the file are in the future: they mean nothing.
    clock.fetch_sub(86_400, Ordering::SeqCst);
    assert_eq!(number_of(&new()).await, 3);
}

#[cfg(unix)]
#[tokio::test]
async fn cli_12_the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    let mode = |path: &Path| {
        let metadata = std::fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(number_of(&client(&authority, &file)).await, 1);
    assert_eq!(mode(&file), 0o600);
    // One that others can read, or could have written, is not believed, and is replaced.
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("own file");
    assert_eq!(number_of(&client(&authority, &file)).await, 2);
    assert_eq!(mode(&file), 0o600);
    for entry in std::fs::read_dir(directory.path()).expect("a directory") {
        assert_eq!(mode(&entry.expect("an entry").path()), 0o600);
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_or_cannot_be_used_fails_no_request() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    let first = client(&authority, &file);
    assert_eq!(number_of(&first).await, 1);
    // The same length and mode, cut in the middle.
    let whole = std::fs::read(&file).expect("it is there");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("own file");
    assert_eq!(number_of(&client(&authority, &file)).await, 2);
    assert_eq!(number_of(&client(&authority, &file)).await, 2);
    let nowhere = directory.path().join("missing").join("tokens.json");
    assert_eq!(number_of(&client(&authority, &nowhere)).await, 3);
    assert_eq!(number_of(&client(&authority, directory.path())).await, 4);
}

#[tokio::test]
async fn nobody_writes_while_another_process_reads() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    let lock = std::fs::File::create(directory.path().join("tokens.json.lock")).expect("own");
    lock.lock_shared().expect("nobody else has it");
    let client = client(&authority, &file);
    let asking = tokio::spawn(async move { number_of(&client).await });
    authority.reached(1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!file.exists() && !asking.is_finished());
    lock.unlock().expect("held");
    assert_eq!(asking.await.expect("no panic"), 1);
    assert!(file.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_write_at_once_lose_nothing() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("tokens.json");
    let mut processes = tokio::task::JoinSet::new();
    for number in 0..30 {
        let client = client(&authority, &file);
        processes.spawn(async move {
            let scope = format!("api://{number}/.default");
            client.token(&scope).await.expect("a token");
        });
    }
    processes.join_all().await;
    let late = client(&authority, &file);
    for number in 0..30 {
        late.token(&format!("api://{number}/.default"))
            .await
            .expect("in the file");
    }
    assert_eq!(authority.count(), 30);
}
