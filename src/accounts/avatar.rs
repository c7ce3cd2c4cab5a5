//! Where a page finds the picture of a user, or the letters of a user without one.

use askama::{Template, filters::HtmlSafe};

use crate::db::ids::{AvatarId, UserId};

/// Sides (px) of the copies of a picture, the largest first.
pub const SIDES: [u32; 3] = [384, 96, 48];

/// Attributes of an image that shows a user: `src`, and `srcset` for screens with two pixels per CSS pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "accounts/avatar_source.html")]
pub struct AvatarSource {
    user: UserId,
    picture: Option<AvatarId>,
    /// Sides (px) of the two copies.
    side: u32,
    double_side: u32,
}

impl HtmlSafe for AvatarSource {}

impl AvatarSource {
    /// For an image that is at most 48 px wide.
    pub fn small(user: UserId, picture: Option<AvatarId>) -> AvatarSource {
        let [_, double_side, side] = SIDES;
        AvatarSource {
            user,
            picture,
            side,
            double_side,
        }
    }

    /// For a wider image.
    pub fn large(user: UserId, picture: Option<AvatarId>) -> AvatarSource {
        let [double_side, side, _] = SIDES;
        AvatarSource {
            user,
            picture,
            side,
            double_side,
        }
    }

    /// URL of the largest copy of the picture; `None` for letters.
    pub fn picture_url(&self) -> Option<String> {
        let (user, largest) = (self.user, SIDES[0]);
        let url = |picture| format!("/u/{user}/{picture}/{largest}");
        self.picture.map(url)
    }
}
