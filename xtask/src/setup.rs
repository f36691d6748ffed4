//! Installing what the tests need and a bare machine lacks.

use std::path::Path;

use anyhow::{Result, bail};

use crate::browser;
use crate::shell::{self, command, is_on_path, output};

/// Something the tests need, and the Debian packages that bring it.
struct Need {
    what: &'static str,
    is_there: fn() -> bool,
    packages: &'static [&'static str],
}

const NEEDS: [Need; 14] = [
    need("PostgreSQL server", has_postgres, &["postgresql"]),
    need("C compiler", || is_on_path("cc"), &["gcc", "libc6-dev"]),
    // For the certificates of azure_identity in `interop/rust`; nothing of ours uses it.
    need(
        "OpenSSL's headers",
        has_openssl,
        &["libssl-dev", "pkg-config"],
    ),
    need("curl", || is_on_path("curl"), &["curl"]),
    need("openssl", || is_on_path("openssl"), &["openssl"]),
    need(
        "ip and unshare",
        has_namespaces,
        &["iproute2", "util-linux"],
    ),
    need("CA certificates", has_ca_certificates, &["ca-certificates"]),
    need("Python", || is_on_path("python3"), &["python3"]),
    need("Python's venv", has_venv, &["python3-venv"]),
    need("Node.js", || is_on_path("node"), &["nodejs"]),
    need("npm", || is_on_path("npm"), &["npm"]),
    need("Go 1.21 or newer", has_go, &["golang-go"]),
    need(
        "Java and Maven",
        has_maven,
        &["openjdk-17-jdk-headless", "maven"],
    ),
    // Without a font, letters are boxes in the screenshots.
    need(
        "Chromium",
        browser::has_chromium,
        &["chromium", "fonts-dejavu-core"],
    ),
];

const fn need(
    what: &'static str,
    is_there: fn() -> bool,
    packages: &'static [&'static str],
) -> Need {
    Need {
        what,
        is_there,
        packages,
    }
}

/// Installs what is missing with apt, one need after the other: some distributions' Node.js brings npm
/// and refuses the package of that name.
pub(crate) fn run() -> Result<String> {
    let mut installed: Vec<&str> = Vec::new();
    for Need {
        what,
        is_there,
        packages,
    } in &NEEDS
    {
        if is_there() {
            continue;
        }
        println!("missing: {what}");
        if installed.is_empty() {
            prepare_apt(packages)?;
        }
        let mut apt = command(
            "apt-get",
            &["install", "-y", "-qq", "--no-install-recommends"],
        );
        shell::run(apt.args(*packages).env("DEBIAN_FRONTEND", "noninteractive"))?;
        if !is_there() {
            bail!("installed {}, and yet missing: {what}", packages.join(" "));
        }
        installed.extend(*packages);
    }
    Ok(match installed.as_slice() {
        [] => "nothing was missing".to_owned(),
        packages => format!("installed {}", packages.join(" ")),
    })
}

fn prepare_apt(packages: &[&str]) -> Result<()> {
    let is_root = output(&mut command("id", &["-u"]))?.trim() == "0";
    if !is_root || !is_on_path("apt-get") {
        bail!(
            "installing needs root on Debian; install {} yourself and run again",
            packages.join(" ")
        );
    }
    shell::run(&mut command("apt-get", &["update", "-qq"]))
}

/// Debian keeps the server's programs off `PATH`, in a folder for each version.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders = versions.map(|version| version.path().join("bin"));
    folders.any(|bin| has_server(&bin)) || (is_on_path("initdb") && is_on_path("postgres"))
}

fn has_server(bin: &Path) -> bool {
    bin.join("initdb").is_file() && bin.join("postgres").is_file()
}

fn has_openssl() -> bool {
    output(&mut command("pkg-config", &["--modversion", "openssl"])).is_ok()
}

fn has_namespaces() -> bool {
    is_on_path("ip") && is_on_path("unshare")
}

fn has_ca_certificates() -> bool {
    std::env::var_os("SSL_CERT_FILE").is_some()
        || Path::new("/etc/ssl/certs/ca-certificates.crt").is_file()
}

fn has_venv() -> bool {
    output(&mut command("python3", &["-c", "import ensurepip, venv"])).is_ok()
}

/// From 1.21 on, Go fetches by itself the newer release that a go.mod asks for.
fn has_go() -> bool {
    let version = output(&mut command("go", &["env", "GOVERSION"]));
    version.is_ok_and(|version| go_minor(&version) >= Some(21))
}

/// The 26 of `go1.26.8`.
fn go_minor(version: &str) -> Option<u32> {
    let minor = version.trim().strip_prefix("go1.")?;
    let digits = minor.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn has_maven() -> bool {
    is_on_path("mvn") && is_on_path("javac")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_go_is_read() {
        for (version, minor) in [
            ("go1.26.8\n", Some(26)),
            ("go1.21rc2", Some(21)),
            ("go1.9", Some(9)),
            ("devel go1.27", None),
            ("", None),
        ] {
            assert_eq!(go_minor(version), minor, "{version}");
        }
    }

    #[test]
    fn a_server_needs_both_programs() {
        assert!(!has_server(Path::new("/nonexistent")));
        assert!(NEEDS.iter().all(|need| !need.packages.is_empty()));
    }
}
