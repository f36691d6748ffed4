//! What only a SQLite file can get wrong, and how databases are named.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use countersign_domain::directory::Write;
use countersign_store::{Db, StoreError};

use crate::sample::Sample;
use crate::support::{Place, run};

#[test]
fn the_files_are_private() {
    run(async {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("with space %20.db");
        let db = Db::open(&format!("sqlite://{}", file.display()))
            .await
            .expect("it opens");
        let sample = Sample::new(1);
        let write = [Write::AddTenant(sample.tenant("Contoso"))];
        sample.commit(&db, &write).await.expect("it is new");
        let mut files = 0;
        for entry in fs::read_dir(folder.path()).expect("the folder can be read") {
            let entry = entry.expect("the entry can be read");
            let mode = entry.metadata().expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
            files += 1;
        }
        assert_eq!(files, 3, "the database, its log and the log's index");
        db.close().await;
        assert!(file.exists());
    });
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    run(async {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("test.db");
        for content in [
            vec![0; 8_192],
            b"not a database, but long enough".repeat(100),
        ] {
            fs::write(&file, &content).expect("the file can be written");
            let refused = Db::open(&format!("sqlite://{}", file.display()))
                .await
                .err();
            assert!(
                matches!(
                    refused,
                    Some(StoreError::Damaged {
                        table: "database",
                        ..
                    })
                ),
                "{refused:?}"
            );
            assert_eq!(fs::read(&file).expect("the file can be read"), content);
        }
    });
}

#[test]
fn a_value_of_the_wrong_type_is_damage() {
    run(async {
        let place = Place::sqlite();
        let db = place.open().await;
        let contoso = Sample::new(1).instance(&db, "Contoso").await;
        // SQLite keeps whatever it is given.
        place
            .execute("UPDATE service_principals SET created_at = 'yesterday'")
            .await;
        let found = db
            .application_in_tenant(contoso.tenant.id, contoso.application.app_id)
            .await
            .err();
        assert!(
            matches!(
                found,
                Some(StoreError::Damaged {
                    table: "service_principals",
                    ..
                })
            ),
            "{found:?}"
        );
    });
}

#[test]
fn urls_that_name_no_database_say_what_to_do() {
    run(async {
        for (url, expected) in [
            ("", "sqlite://PATH or postgres://"),
            ("mysql://localhost/x", "sqlite://PATH or postgres://"),
            ("sqlite://", "the path of a file"),
            ("sqlite://:memory:", "the path of a file"),
            ("sqlite://x.db?mode=ro", "without options"),
            ("sqlite:///no/such/folder/x.db", "/no/such/folder/x.db"),
            ("postgres://user:p4ss@[bad/x", "cannot be read"),
        ] {
            let refused = Db::open(url).await.expect_err("it names no database");
            let text = refused.to_string();
            assert!(text.contains(expected), "{url}: {text}");
            assert!(matches!(refused, StoreError::Unsuitable { .. }), "{url}");
            assert!(!format!("{text}{refused:?}").contains("p4ss"), "{url}");
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_unavailable_and_no_password_is_shown() {
    run(async {
        // Port 1 on loopback: nothing listens there.
        let refused = Db::open("postgres://user:p4ss@127.0.0.1:1/x").await;
        let error = refused.expect_err("nothing listens");
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        assert!(!format!("{error}{error:?}").contains("p4ss"));
    });
}
