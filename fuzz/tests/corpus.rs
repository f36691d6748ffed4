//! Every checked-in input: `good-` inputs are accepted, `bad-` ones refused,
//! and those that a fuzzer found keep every promise of their target.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign_fuzz::{TARGETS, Target};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names_in(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let stem = |path: PathBuf| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    paths.filter_map(stem).collect()
}

#[test]
fn every_input_is_read_as_its_name_says() {
    for Target { name, run } in TARGETS {
        let folder = root().join("corpus").join(name);
        let (mut good, mut bad) = (0, 0);
        for entry in std::fs::read_dir(folder).expect("every target has a corpus") {
            let path = entry.expect("a readable folder").path();
            let is_accepted = run(&std::fs::read(&path).expect("a readable input"));
            let file = path.file_name().expect("a file").to_string_lossy();
            match file.split_once('-') {
                Some(("good", _)) => {
                    good += 1;
                    assert!(is_accepted, "{name}/{file} is refused");
                }
                Some(("bad", _)) => {
                    bad += 1;
                    assert!(!is_accepted, "{name}/{file} is accepted");
                }
                Some(("found", _)) => {}
                _ => panic!("{name}/{file}: start its name with good-, bad- or found-"),
            }
        }
        assert!(
            good > 0 && bad > 0,
            "{name}: {good} good and {bad} bad inputs"
        );
    }
}

#[test]
fn targets_fuzzers_and_corpora_are_the_same() {
    let targets: BTreeSet<String> = TARGETS.map(|target| target.name.to_owned()).into();
    assert_eq!(names_in("fuzz_targets"), targets);
    assert_eq!(names_in("corpus"), targets);
}
